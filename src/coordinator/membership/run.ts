import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type Closed, type CoordinatorChannel, describeClosed } from '../../shared/link/channel.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { RunSummary } from '../progress/events.ts';
import { conclude, type Ending } from './conclusion.ts';
import { afterDone, afterHalt, doneOf, type Member } from './member.ts';
import { whatIsLeft } from './left.ts';
import { asGradsocketError, exitCodeOf, failure, failureOf, farewell, type Outcome, tryAgain } from './outcome.ts';
import { stallAfter } from './patience.ts';
import type { RunOptions } from './run-options.ts';
import { Shutdown } from './shutdown.ts';
import { Stage } from './stage.ts';
import { Start } from './start.ts';
import { isOver, type RunState, trainingIn } from './state.ts';
import type { Training } from './training.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/**
 * The membership state machine of one run: takes what workers, signals and timers say, lets the policies beside this
 * file decide, and acts: through `Start` until training begins, through `Shutdown` once it is to end. From the first
 * `begin` to the last `done` the workers train without it.
 */
export class Run {
  readonly over: Promise<Ending>;
  readonly #options: RunOptions;
  readonly #stage: Stage;
  readonly #start: Start;
  readonly #shutdown: Shutdown;
  /** By name: what a worker said before it left. */
  readonly #failures = new Map<string, GradsocketError>();
  #emptied: () => void = () => undefined;
  /** How it ended and what workers are told then; null until the last checkpoint is on the disk. */
  #ended: { readonly ending: Ending; readonly words: ReturnType<typeof farewell> } | null = null;
  #resolve!: (ending: Ending) => void;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#stage = new Stage(options, (outcome) => this.#finished(outcome));
    this.#shutdown = new Shutdown(this.#stage, (member, reason) => this.#lost(member, reason));
    this.#start = new Start(this.#stage, {
      onLinkBroken: (sentence) => this.#shutdown.linkBroke(sentence),
      onConnected: (training) => this.#begin(training),
    });
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get state(): RunState {
    return this.#stage.state;
  }

  get members(): readonly Member[] {
    return this.#stage.members;
  }

  get training(): Training | null {
    return trainingIn(this.state);
  }

  /** Of how it ended; null until then. */
  get summary(): RunSummary | null {
    return this.#ended?.ending.summary ?? null;
  }

  /** Begins to wait for workers, or ends at once where a resumed run lacks nothing. */
  start(): void {
    const { resume, plan, dataset, archive } = this.#options;
    const left = whatIsLeft(plan, resume?.step ?? 0, {
      evaluates: dataset.validationSamples > 0,
      evaluated: archive.history.evaluationAfter(resume?.step ?? 0) !== null,
    });
    if (left.sentence !== null) this.#stage.warn(left.sentence);
    if (left.work === 'none') return this.#stage.finish({ status: 'done' });
    this.#start.gather();
  }

  /** A worker has connected to the control endpoint. */
  admit(channel: CoordinatorChannel): void {
    let member: Member | null = null;
    channel.start({
      onMessage: (message) => {
        if (member === null) {
          if (message.type !== 'hello') throw new ProtocolError('outOfTurn', `'${message.type}' came before 'hello'`);
          member = isOver(this.state) ? this.#sendAway(channel) : this.#start.hello(channel, message);
        } else if (!isOver(this.state)) {
          const from = member;
          this.#stage.guard(() => this.#receive(from, message));
        }
      },
      onClose: (closed) => {
        if (member !== null) this.#closed(member, closed);
        else this.#turnedAway(channel, closed);
      },
    });
  }

  /** Ctrl-C: the first ends the run with a checkpoint, a second one at once. */
  interrupt(reason: string): void {
    const { state } = this;
    switch (state.name) {
      case 'gathering':
      case 'preparing':
      case 'connecting':
        this.#options.onEvent({ type: 'stopping', reason });
        return this.#stage.finish({ status: 'interrupted', reason });
      case 'training':
        return this.#shutdown.stop(state.training, reason);
      case 'draining':
      case 'halting':
      case 'saving':
        return this.#stage.finish(state.outcome);
      case 'finished':
      case 'failed':
        return;
    }
  }

  /** The process of a worker that whoever started it will not start again has ended. */
  workerExited(name: string, why: string): void {
    if (isOver(this.state)) return;
    const member = this.#stage.roster.byName(name);
    const error =
      this.#failures.get(name) ??
      new GradsocketError('WORKER_LOST', EXIT.tryAgain, `${name} ended before the run did: ${why}.`);
    switch (this.state.name) {
      case 'gathering':
      case 'preparing':
        return this.#stage.finish(failure(error));
      case 'connecting':
      case 'training':
      case 'draining':
      case 'halting':
      case 'saving':
        if (member !== undefined) this.#lost(member, why);
        return;
    }
  }

  /** After the end: until all workers have hung up, or `ms` have passed. */
  async empty(ms: number): Promise<void> {
    if (this.#stage.roster.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#emptied = () => {
        cancel();
        resolve();
      };
    });
  }

  /** The run cannot go on, and no state is worth saving. */
  fail(error: unknown): void {
    this.#stage.fail(error);
  }

  #receive(member: Member, message: ToCoordinator): void {
    switch (message.type) {
      case 'ready':
        return this.#start.ready(member, message);
      case 'connected':
        if (!this.#isStale(message.generation)) this.#start.connected(member, message);
        return;
      case 'step':
        if (!this.#isStale(message.generation)) this.#trainingFor(message).step(member.name, message);
        return;
      case 'evaluated':
        if (!this.#isStale(message.generation)) this.#trainingFor(message).evaluated(member.name, message);
        return;
      case 'weights':
        if (!this.#isStale(message.generation)) this.#weights(member, message);
        return;
      case 'state':
        this.#trainingFor(message).state(member.name, message);
        if (this.state.name === 'saving') this.#shutdown.partCame(member, this.state);
        return;
      case 'done':
        return this.#done(member, message);
      case 'failed':
        this.#failures.set(member.hello.name, failureOf(member.name, message));
        return this.#lost(member, message.message);
      case 'peerLost':
        return this.#peerLost(member, message);
      case 'hello':
      case 'fetch':
      case 'badSample':
        throw this.#stage.outOfTurn(message);
    }
  }

  #begin(training: Training): void {
    this.#stage.enter({ name: 'training', training });
    this.#options.archive.begin();
    training.begin();
    const { number } = training.generation;
    for (const { channel } of this.members) channel.send({ type: 'begin', generation: number });
    this.#watch(training);
  }

  /** Ends the run if nothing is heard of it for too long. Looks often, for patience shrinks when steps turn out short. */
  #watch(training: Training): void {
    const { clock, deadlines } = this.#options;
    const patience = stallAfter(training.pace, deadlines);
    const left = training.lastHeard + patience - clock.now();
    if (left > 0) return this.#stage.deadline(Math.min(left, deadlines.stall / 10), () => this.#watch(training));
    this.#shutdown.stalled(training, patience);
  }

  #weights(member: Member, message: Message<'weights'>): void {
    this.#trainingFor(message).weights(member.name, message);
    const { state } = this;
    // A digest of a checkpoint may have crossed our `halt`: it is not the answer.
    if (state.name !== 'halting' || message.engineBusy === null) return;
    const next = afterHalt(member.state, message);
    if (next === null) throw this.#stage.outOfTurn(message);
    member.enter(next);
    this.#shutdown.rescueIfAnswered(state);
  }

  #done(member: Member, message: Message<'done'>): void {
    const training = this.#trainingFor(message);
    const next = afterDone(member.state, message);
    if (next === null) throw this.#stage.outOfTurn(message);
    member.enter(next);
    const ends = this.members.map(({ name, state }) => ({ name, step: doneOf(state)?.step ?? null }));
    if (ends.some(({ step }) => step === null)) return;
    const { stopped } = message;
    const differ = ends.find(({ step }) => step !== message.step);
    training.savePoints.settle();
    const missing =
      differ !== undefined
        ? `${differ.name} ended after step ${differ.step}, ${member.name} after step ${message.step}`
        : training.missing(message.step, stopped === true);
    if (missing !== null) {
      return this.fail(
        new GradsocketError('RUN_INCOMPLETE', EXIT.internal, `All workers are done, but this is missing: ${missing}.`),
      );
    }
    const whole = message.step >= totalSteps(this.#options.plan);
    const asked = this.state.name === 'draining' ? this.state.outcome : null;
    const stop = asked ?? { status: 'interrupted', reason: 'a worker was interrupted' };
    this.#shutdown.save(training, whole ? { status: 'done' } : stop, null);
  }

  #closed(member: Member, closed: Closed): void {
    if (!isOver(this.state)) this.#lost(member, describeClosed(closed));
    else this.#stage.roster.remove(member);
    if (this.#stage.roster.size === 0) this.#emptied();
  }

  /** It came after the end. The others have been told already, or will be in a moment. */
  #sendAway(channel: CoordinatorChannel): null {
    const { state } = this;
    if (!isOver(state)) return null;
    const words = this.#ended?.words ?? farewell(state.outcome);
    const exitCode = this.#ended?.ending.exitCode ?? exitCodeOf(state.outcome);
    channel.send({ type: 'leave', exitCode, ...words });
    channel.close('done');
    return null;
  }

  /** It never was a member. Noise on the port goes to the log alone; a worker that was meant to take part does not. */
  #turnedAway({ remote }: CoordinatorChannel, closed: Closed): void {
    const sentence = `${remote} was turned away: ${describeClosed(closed)}`;
    if (closed.name === 'unsupportedVersion') this.#stage.warn(sentence);
    else this.#options.archive.log({ connection: sentence });
  }

  #lost(member: Member, reason: string): void {
    if (!this.#stage.roster.has(member)) return;
    this.#stage.roster.remove(member);
    const { state } = this;
    this.#options.onEvent({ type: 'workerLost', worker: member.name, reason });
    switch (state.name) {
      case 'gathering':
        return;
      case 'preparing':
        return this.#start.gather();
      case 'connecting':
      case 'training': {
        // Whoever is through has given all it had to give.
        if (doneOf(member.state) !== null) return;
        const failed = this.#failures.get(member.hello.name);
        const { complete } = state.training.steps;
        const lost = tryAgain('WORKER_LOST', `${member.name} was lost at step ${complete}: ${reason}.`);
        const outcome = failed === undefined ? lost : ({ status: 'failed', error: failed, resumable: true } as const);
        return this.#shutdown.halt(state.training, outcome);
      }
      case 'draining':
        if (doneOf(member.state) === null) this.#shutdown.halt(state.training, state.outcome);
        return;
      case 'halting':
        return this.#shutdown.rescueIfAnswered(state);
      case 'saving':
        if (state.from?.worker === member.id) this.#shutdown.rescue(state.training, state.outcome);
        return;
      case 'finished':
      case 'failed':
        return;
    }
  }

  #peerLost(member: Member, message: Message<'peerLost'>): void {
    if (this.#isStale(message.generation)) return;
    const peer = this.#trainingFor(message).generation.members[message.rank];
    this.#shutdown.linkBroke(
      `${member.name} lost its connection to ${peer?.name ?? `rank ${message.rank}`}: ${message.reason}.`,
    );
  }

  #finished(outcome: Outcome): void {
    this.#shutdown.cancel();
    this.#options.hub.close();
    void this.#sendHome(outcome);
  }

  async #sendHome(outcome: Outcome): Promise<void> {
    try {
      this.#ended = await conclude(outcome, this.#options, this.training, () => this.members);
      const { ending, words } = this.#ended;
      for (const { channel } of this.members) channel.send({ type: 'leave', exitCode: ending.exitCode, ...words });
      this.#resolve(ending);
    } catch (error) {
      this.#resolve({ exitCode: asGradsocketError(error).exitCode, summary: null });
    }
  }

  #trainingFor(message: ToCoordinator): Training {
    const { state } = this;
    switch (state.name) {
      case 'training':
      case 'draining':
      case 'halting':
      case 'saving':
        return state.training;
      case 'connecting':
        if (message.type === 'peerLost') return state.training;
        throw this.#stage.outOfTurn(message);
      case 'gathering':
      case 'preparing':
      case 'finished':
      case 'failed':
        throw this.#stage.outOfTurn(message);
    }
  }

  #isStale(generation: number): boolean {
    if (generation === this.training?.generation.number) return false;
    this.#options.onStale();
    return true;
  }
}
