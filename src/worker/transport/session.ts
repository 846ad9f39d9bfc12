import { PeersMissing } from '../../collective/missing.ts';
import { EXIT, type GradsocketError } from '../../shared/errors.ts';
import { type Closed, describeClosed } from '../../shared/link/channel.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/shared.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import { checkJob } from '../assignment/blueprint.ts';
import { failureOf } from '../report/failure.ts';
import { type AfterCommit, afterCommit } from './after-commit.ts';
import type { ChunkSums, FromEngine } from '../messages/from-engine.ts';
import type { Announcement } from './group.ts';
import { Membership } from './membership.ts';
import { joinRun, restorePart, type JoinedRun } from './joined-run.ts';
import { coordinatorLost, outOfTurn } from './session-errors.ts';
import type { SessionOptions } from './session-options.ts';
import type { SessionState } from './state.ts';
import type { StepReport } from './step-runner.ts';

/** How long a worker that lost a peer waits for the coordinator's word. */
const VERDICT_TIMEOUT_MS = 60_000;
/** Characters of `failed.message` that the protocol takes. */
const MESSAGE_LIMIT = 4096;
/** Of `peerLost.reason`. */
const REASON_LIMIT = 1024;

/**
 * A worker's side of the conversation with the coordinator, on the transport thread: hears the coordinator, the engine's
 * thread and the all-reduce, and never blocks. It ends with one `leave` to the engine's thread.
 */
export class Session {
  readonly #options: SessionOptions;
  #state: SessionState = 'joining';
  #known: JoinedRun | null = null;
  /** Why this worker leaves, once it does (state `left`): its exit code, and what is said. */
  #verdict: { readonly exitCode: number; readonly code: string; readonly message: string } | null = null;
  #cancelTimer: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** From the coordinator. */
  receive(message: ToWorker): void {
    if (this.#state === 'left') return;
    this.#guard(() => {
      switch (message.type) {
        case 'welcome':
          return this.#welcome(message);
        case 'state':
          return this.#restore(message);
        case 'generation':
          return this.#joinGeneration(message);
        case 'begin':
          return this.#begin(message.generation);
        case 'drain':
          return this.#drain();
        case 'halt':
          return this.#halt(message.generation);
        case 'upload':
          return this.#run('upload').steps.upload();
        case 'leave':
          return this.#leave(message.exitCode, message.code, message.message);
        case 'samples':
          throw this.#outOfTurn('samples');
      }
    });
  }

  /** From the engine's thread. */
  engineSays(message: FromEngine): void {
    if (this.#state === 'left') return;
    this.#guard(() => {
      switch (message.type) {
        case 'join':
          return this.#join(message.engine, message.device);
        case 'prepared':
          this.#run('prepared').prepared = message;
          return this.#readyIfComplete();
        case 'contribute':
          return this.#run('contribute').membership?.contribute(message.step, message.bucket);
        case 'computed':
          return this.#run('computed').membership?.computed(message.step, message.times);
        case 'evaluated':
          return this.#evaluated(message.step, message.chunks);
        case 'interrupt':
          return this.#interrupt();
        case 'failed':
          return this.#fail(message.code, message.exitCode, message.message);
      }
    });
  }

  /** The control connection has ended: as this worker's last act, or against its will. */
  controlClosed(closed: Closed): void {
    if (this.#verdict === null) this.#leaveBecause(coordinatorLost(this.#options, describeClosed(closed)));
    this.#options.toEngine({ type: 'leave', ...this.#verdict! });
  }

  /** This worker cannot go on, and `error` says why: tell the coordinator, then leave. */
  fail(error: unknown): void {
    const { code, exitCode, message } = failureOf(error, this.#options.log);
    this.#fail(code, exitCode, message);
  }

  #join(engine: Extract<FromEngine, { type: 'join' }>['engine'], device: string | null): void {
    const { control, name, threads, address } = this.#options;
    control.send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      name,
      engine,
      device: device ?? '',
      threads,
      address,
    });
  }

  #welcome(message: Extract<ToWorker, { type: 'welcome' }>): void {
    this.#expect('welcome', 'joining');
    const { dataset, microbatches, resume } = message;
    const assignment = { job: checkJob(message.job), dataset, microbatches };
    // First of all, so that the engine compiles while the replica is made here.
    this.#options.toEngine({ type: 'prepare', assignment, memory: this.#options.memory });
    this.#known = joinRun(assignment, resume !== null, this.#options, (error) => this.fail(error));
    const begins = resume === null ? 'a new run' : 'a new run, with given weights';
    this.#enter('preparing', (resume?.step ?? 0) === 0 ? begins : `the run goes on after step ${resume?.step}`);
  }

  #restore(part: Extract<ToWorker, { type: 'state' }>): void {
    this.#expect('state', 'preparing');
    const run = this.#run('state');
    if (run.restored) throw this.#outOfTurn('state');
    if (restorePart(run, part)) this.#readyIfComplete();
  }

  #readyIfComplete(): void {
    const { replica, restored, prepared } = this.#run('prepared');
    if (!restored || prepared === null || this.#state !== 'preparing') return;
    const { engine, device, threads, broken } = prepared;
    const weightsDigest = replica.digest();
    this.#options.control.send({
      type: 'ready',
      step: replica.committed,
      weightsDigest,
      engine,
      device,
      threads,
      ...(broken === null ? {} : { broken: broken.slice(0, MESSAGE_LIMIT) }),
    });
    this.#enter('ready', `${engine} on ${device}`);
  }

  #joinGeneration(generation: Announcement): void {
    this.#expect('generation', 'ready', 'halted');
    const { rank, members, step } = generation;
    const run = this.#run('generation');
    const { blueprint, replica, pool, prepared } = run;
    if (rank >= members.length || step !== replica.committed) throw this.#outOfTurn(`generation from step ${step}`);
    const { connect, now, trace } = this.#options;
    const membership: Membership = new Membership({
      generation,
      blueprint,
      // There: it was told with `ready`, and no generation comes before that.
      abreast: prepared!.abreast,
      replica,
      pool,
      connect,
      now,
      trace,
      onCommitted: (committed) => this.#committed(membership, committed),
      onLost: (lost, reason) => this.#peerLost(membership, lost, reason),
      onError: (error) => this.fail(error),
    });
    run.membership = membership;
    this.#enter('connecting', `generation ${generation.generation}, rank ${rank} of ${members.length}`);
    void this.#connect(run, membership);
  }

  async #connect(run: JoinedRun, membership: Membership): Promise<void> {
    const isCurrent = () => run.membership === membership && this.#state === 'connecting';
    try {
      await membership.connect();
      if (!isCurrent()) return;
      this.#options.control.send({ type: 'connected', generation: membership.generation.generation });
      this.#enter('connected');
    } catch (error) {
      if (!isCurrent()) return;
      const missing = error instanceof PeersMissing ? error.ranks[0] : undefined;
      if (error instanceof PeersMissing && missing !== undefined) this.#peerLost(membership, missing, error.message);
      else this.fail(error);
    }
  }

  #begin(number: number): void {
    // It may have crossed our word that a peer is lost.
    if (this.#state === 'stranded') return;
    this.#expect('begin', 'connected');
    const { replica, blueprint, membership, steps } = this.#run('begin');
    const { generation, rank, members } = membership!.generation;
    if (number !== generation) throw this.#outOfTurn(`begin of generation ${number}`);
    this.#enter('training', `from step ${replica.committed}`);
    const complete = replica.committed >= totalSteps(blueprint.plan);
    if (complete) {
      // All that the run lacks is the evaluation of its last step.
      steps.sendDigests(generation, null);
      steps.oweEvaluation();
    }
    const { parameters, buffers } = replica.memory;
    this.#options.toEngine({
      type: 'train',
      rank,
      ranks: members.length,
      step: replica.committed,
      side: replica.side,
      replica: { parameters, buffers },
      vectors: membership!.memory.vectors,
    });
    if (complete) this.#finish(false);
  }

  #committed(membership: Membership, committed: StepReport): void {
    const { steps, blueprint } = this.#run('commit');
    const { generation, rank } = membership.generation;
    const next = afterCommit(blueprint.plan, committed.step + 1, committed.sums.stop);
    if (next.evaluate) steps.oweEvaluation();
    if (next.upload) {
      steps.report(generation, committed);
      void this.#after(steps.checkpoint(generation, rank), () => this.#goOn(membership, committed.step, next));
    } else {
      // First the engine, which waits for it; then the coordinator, which does not.
      this.#goOn(membership, committed.step, next);
      steps.report(generation, committed);
    }
  }

  /** Lets the engine know that `step` is committed and what comes after it. */
  #goOn(membership: Membership, step: number, { evaluate, last, stopped }: AfterCommit): void {
    const { replica, membership: current } = this.#run('commit');
    if (current !== membership || !this.#stepping()) return;
    this.#options.toEngine({ type: 'committed', step, side: replica.side, evaluate, last });
    if (last) this.#finish(stopped);
  }

  #evaluated(step: number, chunks: readonly ChunkSums[]): void {
    const { steps, membership } = this.#run('evaluated');
    if (membership === null || membership.ended) return;
    steps.evaluated(membership.generation.generation, step, chunks);
    if (this.#state === 'finishing') this.#doneIfComplete();
  }

  #finish(stopped: boolean): void {
    const run = this.#run('commit');
    run.stopped = stopped;
    this.#enter('finishing', stopped ? 'somebody asked to stop' : 'the plan is complete');
    void this.#after(run.steps.uploaded(), () => {
      run.uploaded = true;
      this.#doneIfComplete();
    });
  }

  #doneIfComplete(): void {
    const { replica, steps, uploaded, stopped } = this.#run('commit');
    if (this.#state !== 'finishing' || !uploaded || steps.evaluationOwed) return;
    this.#options.control.send({ type: 'done', step: replica.committed, stopped });
    this.#enter('done');
  }

  #drain(): void {
    switch (this.#state) {
      case 'training':
        this.#run('drain').membership?.stop();
        return this.#enter('draining');
      case 'preparing':
      case 'ready':
      case 'connecting':
      case 'connected':
        // Nothing has been trained since the checkpoint that this worker started from, if there was one.
        this.#run('drain').membership?.end();
        this.#options.control.send({ type: 'done', step: this.#run('drain').replica.committed, stopped: true });
        return this.#enter('done', 'before training began');
      case 'joining':
        throw this.#outOfTurn('drain');
      case 'draining':
      case 'finishing':
      case 'done':
      case 'stranded':
      case 'halted':
      case 'left':
        return;
    }
  }

  #halt(generation: number): void {
    this.#cancelTimer();
    const { membership, steps } = this.#run('halt');
    if (membership === null || membership.generation.generation !== generation) {
      throw this.#outOfTurn(`halt of generation ${generation}`);
    }
    membership.end();
    this.#options.toEngine({ type: 'halt' });
    const through = this.#state === 'finishing' || this.#state === 'done';
    steps.sendDigests(generation, steps.evaluationOwed || (membership.computing && !through));
    this.#enter('halted');
  }

  #peerLost(membership: Membership, rank: number | null, reason: string): void {
    const { generation, members } = membership.generation;
    if (this.#run('peer').membership !== membership || this.#state === 'left') return;
    const who = rank === null ? 'the coordinator (star)' : (members[rank]?.name ?? `rank ${rank}`);
    membership.end();
    if (this.#state === 'finishing' || this.#state === 'done') return;
    if (rank !== null)
      this.#options.control.send({ type: 'peerLost', generation, rank, reason: reason.slice(0, REASON_LIMIT) });
    this.#enter('stranded', `the link to ${who} broke: ${reason}`);
    this.#cancelTimer = this.#options.setTimer(() => {
      const waited = `no word from it for ${VERDICT_TIMEOUT_MS / 1000} s after the link to ${who} broke: ${reason}`;
      this.#leaveBecause(coordinatorLost(this.#options, waited));
    }, VERDICT_TIMEOUT_MS);
  }

  /** A signal at this worker: the first asks all workers to stop after the running step. */
  #interrupt(): void {
    if (this.#state === 'training') return this.#drain();
    if (this.#state === 'draining' || this.#state === 'finishing' || this.#state === 'done') return;
    this.#fail('INTERRUPTED', EXIT.interrupted, `${this.#options.name} was interrupted.`);
  }

  #fail(code: string, exitCode: number, message: string): void {
    if (this.#state === 'left') return;
    this.#options.control.send({ type: 'failed', code, exitCode, message: message.slice(0, MESSAGE_LIMIT) });
    this.#leave(exitCode, code, message);
  }

  #leaveBecause({ exitCode, code, message }: GradsocketError): void {
    this.#leave(exitCode, code, message);
  }

  #leave(exitCode: number, code: string, message: string): void {
    if (this.#state === 'left') return;
    this.#enter('left', `${code}, exit code ${exitCode}`);
    this.#verdict = { exitCode, code, message };
    this.#cancelTimer();
    this.#known?.membership?.end();
    this.#options.toEngine({ type: 'halt' });
    // What was sent is flushed; `controlClosed` then tells the engine's thread to leave.
    this.#options.control.close('goingAway');
  }

  /** Whether a commit is followed by another step. */
  #stepping(): boolean {
    return this.#state === 'training' || this.#state === 'draining';
  }

  #run(what: string): JoinedRun {
    if (this.#known === null) throw this.#outOfTurn(what);
    return this.#known;
  }

  #expect(message: string, ...states: readonly SessionState[]): void {
    if (!states.includes(this.#state)) throw this.#outOfTurn(message);
  }

  #outOfTurn(message: string): GradsocketError {
    return outOfTurn(this.#options, message, this.#state);
  }

  /** The one setter. */
  #enter(state: SessionState, why = ''): void {
    this.#options.log(`${this.#state} -> ${state}${why === '' ? '' : `: ${why}`}`);
    this.#state = state;
  }

  async #after<T>(event: Promise<T>, action: (value: T) => void): Promise<void> {
    try {
      action(await event);
    } catch (error) {
      this.fail(error);
    }
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }
}
