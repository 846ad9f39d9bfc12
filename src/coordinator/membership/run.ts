import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type Closed, type CoordinatorChannel, describeClosed } from '../../shared/link/channel.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import { conclude, type Ending } from './conclusion.ts';
import { announcement, newGeneration } from './generation.ts';
import type { Member } from './member.ts';
import { asGradsocketError, exitCodeOf, failure, failureOf, farewell, type Outcome, tryAgain } from './outcome.ts';
import { howToStop, stallAfter } from './patience.ts';
import { Roster } from './roster.ts';
import type { RunOptions } from './run-options.ts';
import { seat } from './seating.ts';
import { differentStart, mixedEngines } from './start-checks.ts';
import { isOver, type RunState } from './state.ts';
import { Training } from './training.ts';
import { chooseUploader } from './uploader.ts';
import * as verdicts from './verdicts.ts';
import { welcome } from './welcome.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/**
 * The membership state machine of one run: takes what workers, signals and timers say, lets the policies beside this
 * file decide, and acts. From the first `begin` to the last `done` the workers train without it.
 */
export class Run {
  readonly over: Promise<Ending>;
  readonly #options: RunOptions;
  readonly #roster: Roster;
  readonly #startStep: number;
  #state: RunState = { name: 'gathering' };
  /** From `connecting` on. */
  #training: Training | null = null;
  /** What the resumed run's workers are sent; given back when training begins. */
  #resumeBytes: Uint8Array | null;
  /** By name: what a worker said before it left. */
  readonly #failures = new Map<string, GradsocketError>();
  #cancelDeadline: () => void = () => undefined;
  #cancelReminder: () => void = () => undefined;
  #cancelInterrupt: () => void = () => undefined;
  #cancelLink: () => void = () => undefined;
  #emptied: () => void = () => undefined;
  /** What workers are told at the end, once it is known. */
  #farewell: { readonly exitCode: number; readonly code: string; readonly message: string } | null = null;
  #resolve!: (ending: Ending) => void;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#roster = new Roster(options.wanted);
    this.#startStep = options.resume?.step ?? 0;
    this.#resumeBytes = options.resume?.bytes ?? null;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get state(): RunState {
    return this.#state;
  }

  get members(): readonly Member[] {
    return this.#roster.all;
  }

  get training(): Training | null {
    return this.#training;
  }

  /** Begins to wait for workers, or ends at once where a resumed run has no step left. */
  start(): void {
    if (this.#startStep >= totalSteps(this.#options.plan)) {
      this.#warn(
        `This run has ${this.#startStep} steps, and ${totalSteps(this.#options.plan)} are asked for: nothing is left to ` +
          `do. Raise --epochs or --steps to train on.`,
      );
      return this.#finish({ status: 'done' });
    }
    this.#gather();
  }

  /** A worker has connected to the control endpoint. */
  admit(channel: CoordinatorChannel): void {
    let member: Member | null = null;
    channel.start({
      onMessage: (message) => {
        if (member === null) {
          if (message.type !== 'hello') throw new ProtocolError('outOfTurn', `'${message.type}' came before 'hello'`);
          member = this.#hello(channel, message);
        } else if (!isOver(this.#state)) {
          const from = member;
          this.#guard(() => this.#receive(from, message));
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
    const state = this.#state;
    switch (state.name) {
      case 'gathering':
      case 'preparing':
      case 'connecting':
        this.#options.onEvent({ type: 'stopping', reason });
        return this.#finish({ status: 'interrupted', reason });
      case 'training':
        return this.#stop(reason);
      case 'draining':
      case 'halting':
      case 'saving':
        return this.#finish(state.outcome);
      case 'finished':
      case 'failed':
        return;
    }
  }

  /** The process of a worker that whoever started it will not start again has ended. */
  workerExited(name: string, why: string): void {
    if (isOver(this.#state)) return;
    const member = this.#roster.byName(name);
    const error =
      this.#failures.get(name) ??
      new GradsocketError('WORKER_LOST', EXIT.tryAgain, `${name} ended before the run did: ${why}.`);
    switch (this.#state.name) {
      case 'gathering':
      case 'preparing':
        return this.#finish(failure(error));
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
    if (this.#roster.size === 0) return;
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
    this.#finish(failure(asGradsocketError(error)));
  }

  #hello(channel: CoordinatorChannel, hello: Message<'hello'>): Member | null {
    const state = this.#state;
    if (isOver(state)) {
      // The others have been told already, or will be in a moment.
      const words = this.#farewell ?? { exitCode: exitCodeOf(state.outcome), ...farewell(state.outcome) };
      channel.send({ type: 'leave', ...words });
      channel.close('done');
      return null;
    }
    const refusal = this.#roster.refusalOf(hello);
    if (refusal !== null || state.name !== 'gathering') {
      const { exitCode, code, message } = refusal ?? {
        exitCode: EXIT.tryAgain,
        code: 'RUN_FULL',
        message: `${hello.name} came too late: the run is ${state.name}.`,
      };
      this.#warn(`${hello.name} (${channel.remote}) was sent away: ${message}`);
      channel.send({ type: 'leave', exitCode, code, message });
      channel.close('full', message);
      return null;
    }
    const member = this.#roster.add(channel, hello);
    this.#options.archive.log({ worker: member.name, id: member.id, remote: channel.remote, hello });
    welcome(member, this.#options, this.#resumeBytes).catch(() => undefined); // the channel closed: `onClose` tells
    if (this.#roster.isFull) this.#prepare();
    return member;
  }

  #receive(member: Member, message: ToCoordinator): void {
    switch (message.type) {
      case 'ready':
        return this.#ready(member, message);
      case 'connected':
        if (this.#isStale(message.generation)) return;
        if (this.#state.name !== 'connecting' || member.connected) throw this.#outOfTurn(message);
        member.connected = true;
        if (this.members.every(({ connected }) => connected)) this.#begin();
        return;
      case 'step':
        if (!this.#isStale(message.generation)) this.#trainingFor(message).step(member.name, message);
        return;
      case 'evaluated':
        if (!this.#isStale(message.generation)) this.#trainingFor(message).evaluated(member.name, message);
        return;
      case 'weights':
        if (this.#isStale(message.generation)) return;
        this.#trainingFor(message).weights(member.name, message);
        if (this.#state.name !== 'halting') return;
        member.halted = message;
        if (this.members.every(({ halted }) => halted !== null)) this.#rescue(this.#state.outcome);
        return;
      case 'state':
        this.#trainingFor(message).state(member.name, message);
        if (this.#state.name === 'saving') this.#partCame(member, this.#state);
        return;
      case 'done':
        return this.#done(member, message);
      case 'failed':
        return this.#failedAt(member, message);
      case 'peerLost':
        return this.#peerLost(member, message);
      case 'hello':
      case 'fetch':
      case 'badSample':
        throw this.#outOfTurn(message);
    }
  }

  // Gathering and preparing

  #gather(): void {
    const { deadlines, url, wanted } = this.#options;
    this.#enter({ name: 'gathering' });
    this.#deadline(deadlines.gather, () =>
      this.#finish(
        tryAgain('WORKERS_MISSING', verdicts.neverCame(this.#waiting(this.members), wanted, url, deadlines.gather)),
      ),
    );
    this.#remind();
  }

  #remind(): void {
    const { clock, deadlines, url, wanted } = this.#options;
    this.#cancelReminder = clock.after(deadlines.remind, () => {
      this.#warn(verdicts.stillMissing(this.#waiting(this.members), wanted, url));
      this.#remind();
    });
  }

  #prepare(): void {
    const { deadlines } = this.#options;
    this.#enter({ name: 'preparing' });
    this.#deadline(deadlines.prepare, () => {
      const missing = this.#waiting(this.members.filter(({ ready }) => ready === null));
      this.#finish(tryAgain('NOT_READY', verdicts.neverReady(missing, this.members.length, deadlines.prepare)));
    });
    this.#connectIfReady();
  }

  #ready(member: Member, message: Message<'ready'>): void {
    const { name } = this.#state;
    if ((name !== 'gathering' && name !== 'preparing') || member.ready !== null) throw this.#outOfTurn(message);
    if (message.step !== this.#startStep) {
      throw new ProtocolError('outOfTurn', `ready at step ${message.step}, where step ${this.#startStep} is next`);
    }
    member.ready = message;
    this.#options.onEvent({
      type: 'workerJoined',
      worker: member.name,
      engine: message.engine,
      device: message.device,
      threads: member.hello.threads,
      joined: this.members.filter(({ ready }) => ready !== null).length,
      wanted: this.#options.wanted,
    });
    this.#connectIfReady();
  }

  #connectIfReady(): void {
    if (this.#state.name !== 'preparing' || this.members.some(({ ready }) => ready === null)) return;
    const { resume, plan, job, archive, hub, deadlines, onEvent } = this.#options;
    const differ = differentStart(this.members, resume?.weightsDigest ?? null);
    if (differ !== null) return this.fail(differ);
    const mixed = mixedEngines(this.members);
    if (mixed !== null) this.#warn(mixed);
    const candidates = this.members.map(({ id, name, hello }) => ({ id, name, address: hello.address }));
    const seating = seat(candidates, plan.microbatches, job.topology);
    if ('refused' in seating) {
      return this.fail(new GradsocketError('NO_TOPOLOGY', EXIT.configuration, seating.refused));
    }
    const byId = new Map(this.members.map((member) => [member.id, member]));
    const generation = newGeneration(archive.ledger.lastGeneration + 1, this.#startStep, seating, byId);
    this.#resumeBytes = null;
    this.#training = new Training(generation, this.#options);
    this.#enter({ name: 'connecting' }, `${seating.topology}: ${seating.why}`);
    this.#deadline(deadlines.connect, () => {
      const missing = this.#waiting(this.members.filter(({ connected }) => !connected));
      const { topology } = generation;
      this.#finish(
        tryAgain('NOT_CONNECTED', verdicts.neverConnected(missing, this.members.length, topology, deadlines.connect)),
      );
    });
    onEvent({
      type: 'generation',
      generation: generation.number,
      workers: generation.members.length,
      step: generation.firstStep,
    });
    if (generation.topology === 'star' && generation.members.length > 1) {
      hub.open(generation, (rank, reason) => {
        const member = generation.members[rank];
        if (member !== undefined && !isOver(this.#state))
          this.#linkBroke(`The link of ${member.name} broke: ${reason}.`);
      });
    }
    generation.members.forEach((member, rank) => member.channel.send(announcement(generation, rank)));
  }

  // Training

  #begin(): void {
    const { generation } = this.#trainingNow;
    this.#enter({ name: 'training' });
    this.#trainingNow.begin();
    for (const { channel } of this.members) channel.send({ type: 'begin', generation: generation.number });
    this.#watch();
  }

  /** Ends the run if nothing is heard of it for too long. Looks often, for patience shrinks when steps turn out short. */
  #watch(): void {
    const { clock, deadlines } = this.#options;
    const training = this.#trainingNow;
    const patience = stallAfter(training.pace, deadlines);
    const left = training.lastHeard + patience - clock.now();
    if (left > 0) return this.#deadline(Math.min(left, deadlines.stall / 10), () => this.#watch());
    this.#halt(tryAgain('STALLED', verdicts.stalled(training.complete, [], training.behind, patience)));
  }

  #done(member: Member, message: Message<'done'>): void {
    const training = this.#trainingFor(message);
    if (member.done !== null) throw this.#outOfTurn(message);
    member.done = message;
    const { members } = this;
    if (members.some(({ done }) => done === null)) return;
    const { stopped } = message;
    const differ = members.find(({ done }) => done!.step !== message.step);
    training.settle();
    const missing =
      differ !== undefined
        ? `${differ.name} ended after step ${differ.done!.step}, ${member.name} after step ${message.step}`
        : training.missing(message.step, stopped);
    if (missing !== null) {
      return this.fail(
        new GradsocketError('RUN_INCOMPLETE', EXIT.internal, `All workers are done, but this is missing: ${missing}.`),
      );
    }
    const whole = message.step >= totalSteps(this.#options.plan);
    const asked = this.#state.name === 'draining' ? this.#state.outcome : null;
    const stop = asked ?? { status: 'interrupted', reason: 'a worker was interrupted' };
    this.#save(whole ? { status: 'done' } : stop, null);
  }

  // The end, expected or not

  #stop(reason: string): void {
    const { clock, deadlines, onEvent } = this.#options;
    const outcome = { status: 'interrupted', reason } as const;
    const { by, why } = howToStop(this.#trainingNow.recentStepMs, deadlines);
    onEvent({ type: 'stopping', reason });
    if (by === 'halt') {
      this.#halt(outcome);
    } else {
      this.#enter({ name: 'draining', outcome }, why);
      this.#deadline(deadlines.drain, () => this.#halt(outcome));
      for (const { channel } of this.members) channel.send({ type: 'drain' });
    }
    const began = clock.now();
    const leaveOrWait = (): void => {
      const arriving = clock.now() - this.#trainingNow.lastPart < 500;
      if (arriving && clock.now() - began < deadlines.interruptAtMost) {
        this.#cancelInterrupt = clock.after(250, leaveOrWait);
        return;
      }
      this.#warn('Leaving before a checkpoint of the newest step was complete.');
      this.#finish(outcome);
    };
    this.#cancelInterrupt = clock.after(deadlines.interrupt, leaveOrWait);
  }

  #closed(member: Member, closed: Closed): void {
    if (!isOver(this.#state)) this.#lost(member, describeClosed(closed));
    else this.#roster.remove(member);
    if (this.#roster.size === 0) this.#emptied();
  }

  /** It never was a member. Noise on the port goes to the log alone; a worker that was meant to take part does not. */
  #turnedAway({ remote }: CoordinatorChannel, closed: Closed): void {
    const sentence = `${remote} was turned away: ${describeClosed(closed)}`;
    if (closed.name === 'unsupportedVersion') this.#warn(sentence);
    else this.#options.archive.log({ connection: sentence });
  }

  #failedAt(member: Member, message: Message<'failed'>): void {
    this.#failures.set(member.hello.name, failureOf(member.name, message));
    this.#lost(member, message.message);
  }

  #lost(member: Member, reason: string): void {
    if (!this.#roster.has(member)) return;
    this.#roster.remove(member);
    const state = this.#state;
    this.#options.onEvent({ type: 'workerLost', worker: member.name, reason });
    switch (state.name) {
      case 'gathering':
        return;
      case 'preparing':
        return this.#gather();
      case 'connecting':
      case 'training': {
        // Whoever is through has given all it had to give.
        if (member.done !== null) return;
        const failed = this.#failures.get(member.hello.name);
        const lost = tryAgain(
          'WORKER_LOST',
          `${member.name} was lost at step ${this.#trainingNow.complete}: ${reason}.`,
        );
        return this.#halt(failed === undefined ? lost : { status: 'failed', error: failed, resumable: true });
      }
      case 'draining':
        return member.done === null ? this.#halt(state.outcome) : undefined;
      case 'halting':
        if (this.members.every(({ halted }) => halted !== null)) this.#rescue(state.outcome);
        return;
      case 'saving':
        if (state.from === member.id) this.#rescue(state.outcome);
        return;
      case 'finished':
      case 'failed':
        return;
    }
  }

  #peerLost(member: Member, message: Message<'peerLost'>): void {
    if (this.#isStale(message.generation)) return;
    const peer = this.#trainingFor(message).generation.members[message.rank];
    this.#linkBroke(
      `${member.name} lost its connection to ${peer?.name ?? `rank ${message.rank}`}: ${message.reason}.`,
    );
  }

  /** If a worker died, its own connection says so in a moment, and better. */
  #linkBroke(sentence: string): void {
    const { archive, clock, deadlines } = this.#options;
    archive.log({ link: sentence });
    this.#cancelLink();
    this.#cancelLink = clock.after(deadlines.peerLost, () => {
      const { name } = this.#state;
      if (name === 'connecting' || name === 'training') this.#halt(tryAgain('PEER_LOST', sentence));
    });
  }

  /** Drops the running step everywhere, to find out who holds what. */
  #halt(outcome: Outcome): void {
    const { number } = this.#trainingNow.generation;
    const { deadlines } = this.#options;
    this.#enter({ name: 'halting', outcome });
    if (this.#roster.size === 0) return this.#rescue(outcome);
    for (const { channel } of this.members) channel.send({ type: 'halt', generation: number });
    this.#deadline(deadlines.halt, () => {
      const silent = this.#waiting(this.members.filter(({ halted }) => halted === null));
      const stalled = outcome.status === 'failed' && outcome.error.code === 'STALLED';
      const { complete, behind, pace } = this.#trainingNow;
      this.#rescue(
        stalled
          ? tryAgain('STALLED', verdicts.stalled(complete, silent, behind, stallAfter(pace, deadlines)))
          : outcome,
      );
    });
  }

  /** Saves the newest state that a survivor holds. */
  #rescue(outcome: Outcome): void {
    const training = this.#trainingNow;
    const { archive, deadlines } = this.#options;
    const holdings = this.members.flatMap(({ id, halted }) =>
      halted === null ? [] : [{ worker: id, step: halted.step }],
    );
    const decision = chooseUploader(holdings, training.handedOver);
    archive.log({ rescue: decision.why });
    const member = this.members.find(({ id }) => id === decision.from);
    if (decision.from === null || member === undefined) return this.#save(outcome, null);
    training.followOnly(member.name);
    this.#save(outcome, member.id);
    // What the member had sent already may have been enough.
    if (training.handedOver >= decision.step) return this.#save(outcome, null);
    member.channel.send({ type: 'upload' });
    this.#deadline(deadlines.uploadPart, () => this.#lost(member, 'its checkpoint did not come'));
  }

  #partCame(member: Member, state: Extract<RunState, { name: 'saving' }>): void {
    if (state.from !== member.id) return;
    if (this.#trainingNow.handedOver >= (member.halted?.step ?? 0)) return this.#save(state.outcome, null);
    this.#deadline(this.#options.deadlines.uploadPart, () => this.#lost(member, 'its checkpoint stopped coming'));
  }

  /** `from`: who still sends; null: only the disk is waited for. */
  #save(outcome: Outcome, from: string | null): void {
    this.#enter({ name: 'saving', outcome, from });
    if (from === null) void this.#options.archive.checkpoints.idle().then(() => this.#finish(outcome));
  }

  #finish(outcome: Outcome): void {
    if (isOver(this.#state)) return;
    this.#cancelInterrupt();
    this.#cancelLink();
    this.#enter({ name: outcome.status === 'failed' ? 'failed' : 'finished', outcome });
    this.#options.hub.close();
    void this.#sendHome(outcome);
  }

  async #sendHome(outcome: Outcome): Promise<void> {
    try {
      const { ending, words } = await conclude(outcome, this.#options, this.#training, () => this.members);
      this.#farewell = { exitCode: ending.exitCode, ...words };
      for (const { channel } of this.members) channel.send({ type: 'leave', ...this.#farewell });
      this.#resolve(ending);
    } catch (error) {
      this.#resolve({ exitCode: asGradsocketError(error).exitCode, summary: null });
    }
  }

  // The state, and what hangs on it

  #enter(state: RunState, why?: string): void {
    const from = this.#state.name;
    this.#cancelDeadline();
    this.#cancelReminder();
    this.#state = state;
    this.#options.archive.log({ state: state.name, from, ...(why === undefined ? {} : { why }) });
  }

  #deadline(ms: number, action: () => void): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.after(ms, () => this.#guard(action));
  }

  /** What one worker did wrong ends its connection; anything else ends the run. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      this.fail(error);
    }
  }

  get #trainingNow(): Training {
    if (this.#training === null) throw new Error(`no generation yet in state ${this.#state.name}`);
    return this.#training;
  }

  #trainingFor(message: ToCoordinator): Training {
    switch (this.#state.name) {
      case 'training':
      case 'draining':
      case 'halting':
      case 'saving':
        return this.#trainingNow;
      case 'connecting':
        if (message.type === 'peerLost') return this.#trainingNow;
        throw this.#outOfTurn(message);
      case 'gathering':
      case 'preparing':
      case 'finished':
      case 'failed':
        throw this.#outOfTurn(message);
    }
  }

  #isStale(generation: number): boolean {
    if (generation === this.#training?.generation.number) return false;
    this.#options.onStale();
    return true;
  }

  #outOfTurn(message: ToCoordinator): ProtocolError {
    return new ProtocolError('outOfTurn', `'${message.type}' came while the run is ${this.#state.name}`);
  }

  #warn(message: string): void {
    this.#options.archive.log({ warning: message });
    this.#options.onEvent({ type: 'warning', message });
  }

  #waiting(members: readonly Member[]): readonly verdicts.Waiting[] {
    return members.map(({ name, channel }) => ({ name, remote: channel.remote }));
  }
}
