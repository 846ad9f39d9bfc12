import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import { EXIT, type ExitCode } from '../../shared/errors.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { RunSummary } from '../progress/events.ts';
import { Progress } from '../progress/progress.ts';
import { conclude, type Concluded, type Ending } from './conclusion.ts';
import type { Effect } from './effect.ts';
import type { Terms } from './facts.ts';
import { dealtByName, keptOf } from './generation.ts';
import { Hearing } from './hearing.ts';
import type { Beginning } from './keeper.ts';
import { whatIsLeft } from './left.ts';
import { type Link, Links } from './links.ts';
import { Machine } from './machine.ts';
import { memberIn } from './member-index.ts';
import type { Member } from './member.ts';
import { type Generation, type Hold, isOver, isSeatedIn, type RunModel } from './model.ts';
import { openingModel } from './opening.ts';
import { asGradsocketError, exitCodeOf, farewell, type Outcome } from './outcome.ts';
import { Relay } from './relay.ts';
import type { RunOptions } from './run-options.ts';
import { WakingClock } from './waking-clock.ts';
import { welcome } from './welcome.ts';

/**
 * Leads one run: gives the machine (`next`) what workers, signals and timers say, and does what it wants done. From the first
 * `begin` to the last `done` the workers train without it.
 */
export class Run {
  readonly over: Promise<Ending>;
  readonly progress: Progress;
  readonly #options: RunOptions;
  readonly #clock: WakingClock;
  readonly #terms: Terms;
  readonly #links = new Links();
  readonly #relay = new Relay();
  readonly #machine: Machine;
  readonly #hearing: Hearing;
  /** What all begin with while nobody has trained on. */
  #beginning: Beginning | null;
  #why: string | null = null;
  /** Training has begun once. */
  #begun = false;
  #emptied: () => void = () => undefined;
  /** How it ended and what workers are told then; null until the last checkpoint is on the disk. */
  #ended: Concluded | null = null;
  #resolve!: (ending: Ending) => void;

  constructor(options: RunOptions) {
    const { keeper, plan, dataset, resume, job, workers, workersLiveOn, url, deadlines } = options;
    const clock = new WakingClock(options.clock);
    this.#clock = clock;
    this.#options = { ...options, clock };
    this.#beginning = resume;
    this.#terms = {
      run: keeper.ledger.id,
      total: totalSteps(plan),
      workers,
      workersLiveOn,
      microbatches: plan.microbatches,
      job,
      url,
      deadlines,
    };
    const model = openingModel(this.#options);
    const returning = model.phase.name === 'returning';
    const { lastStep } = keeper.history;
    this.progress = new Progress({
      plan,
      validationSamples: dataset.validationSamples,
      watch: job,
      keeper,
      steps: returning ? keeper.ledger.steps : model.base.step,
      recordedStepMs: returning && lastStep !== null ? lastStep.seconds * 1000 : null,
      savedStep: model.base.step,
      nameOf: (id) => this.#nameOf(id),
      now: () => clock.now(),
      onEvent: options.onEvent,
      ...(options.mostStateBytes === undefined ? {} : { mostStateBytes: options.mostStateBytes }),
    });
    this.#machine = new Machine({
      model,
      clock,
      facts: this.progress,
      terms: this.#terms,
      act: (effect) => this.#do(effect),
    });
    this.#hearing = new Hearing({
      machine: this.#machine,
      progress: this.progress,
      links: this.#links,
      relay: this.#relay,
      onStale: options.onStale,
    });
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    keeper.onRecorded((recorded) => {
      for (const { id } of this.#seats()) this.#links.of(id)?.send({ type: 'recorded', ...recorded });
    });
  }

  /** Where the run stands. Immutable: another one after each input. */
  get model(): RunModel {
    return this.#machine.model;
  }

  /** For what reason the present generation was made; null: there was none yet. */
  get why(): string | null {
    return this.#why;
  }

  /** Of how it ended; null until then. */
  get summary(): RunSummary | null {
    return this.#ended?.ending.summary ?? null;
  }

  /** Begins to wait for workers, or ends at once where a resumed run lacks nothing. */
  start(): void {
    const { resume, plan, job, dataset, keeper, paused, onEvent } = this.#options;
    if (paused) onEvent({ type: this.model.hold === 'pause' ? 'paused' : 'unpaused' });
    const left = whatIsLeft(plan, job, resume?.step ?? 0, {
      evaluates: dataset.validationSamples > 0,
      evaluated: keeper.history.evaluationAfter(resume?.step ?? 0) !== null,
    });
    const { early } = this.progress;
    if (early !== null && early.step === resume?.step && this.model.phase.name === 'gathering') {
      this.#warn(`This run ${early.reason}. Raise --patience to train on, or turn it off (--patience '').`);
      this.#clock.start();
      return this.#machine.take({ type: 'complete', early: early.reason });
    }
    if (left.sentence !== null) this.#warn(left.sentence);
    this.#clock.start();
    this.#machine.take(left.work === 'none' ? { type: 'complete' } : { type: 'start' });
  }

  #warn(message: string): void {
    this.#options.keeper.log({ warning: message });
    this.#options.onEvent({ type: 'warning', message });
  }

  /** A worker has connected to the control endpoint. */
  admit(channel: CoordinatorChannel): void {
    const link = this.#links.add(channel);
    channel.start({
      onMessage: (message) => this.#heard(link, message),
      onClose: (closed) => {
        this.#links.remove(link);
        if (link.member === null) this.#links.tellTurnedAway(link, closed, this.#options);
        else this.#machine.take({ type: 'closed', link: link.number, closed });
        if (this.#links.members === 0) this.#emptied();
      },
    });
  }

  /** Ctrl-C: the first ends the run with a checkpoint, a second one at once. */
  interrupt(reason: string): void {
    this.#machine.take({ type: 'interrupted', reason });
  }

  /** Everybody stands still after the running step, and the state is saved, until `goOn`. Returns why not; null: it will be so. */
  pause(): string | null {
    if (this.model.hold === 'pause') return 'It is paused already.';
    return this.#hold('pause');
  }

  goOn(): string | null {
    if (this.model.hold !== 'pause') return 'It is not paused.';
    return this.#hold(null);
  }

  /** Saves the state after the running step. */
  save(): string | null {
    if (this.model.hold === 'pause' && !isOver(this.model)) return 'It is paused, and its state was saved then.';
    return this.#hold('save');
  }

  #hold(hold: Hold | null): string | null {
    if (isOver(this.model) || this.model.stopping !== null) return 'This run is about to end.';
    this.#machine.take({ type: 'hold', hold });
    return null;
  }

  /**
   * The process of a worker has ended. `again`: whoever started it will start another in its place; `exit`: what a run ends with that
   * cannot begin without it.
   */
  workerExited(name: string, why: string, again = false, exit: ExitCode = EXIT.tryAgain): void {
    this.#machine.take({ type: 'exited', name, why, again, exit });
  }

  /** The run cannot go on, and no state is worth saving. */
  fail(error: unknown): void {
    this.#machine.break(error);
  }

  /** After the end: until all workers have hung up, or `ms` have passed. */
  async empty(ms: number): Promise<void> {
    if (this.#links.members === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#emptied = () => {
        cancel();
        resolve();
      };
    });
  }

  #heard(link: Link, message: ToCoordinator): Promise<void> | void {
    if (!link.introduced) {
      if (message.type !== 'hello') throw new ProtocolError('outOfTurn', `'${message.type}' came before 'hello'`);
      link.introduced = true;
      if (isOver(this.model)) return this.#sendAway(link);
      return this.#machine.take({ type: 'hello', link: link.number, remote: link.channel.remote, hello: message });
    }
    const member = link.member === null ? undefined : this.#memberOf(link.member);
    // It has been sent away, or came back on another connection.
    if (member?.link !== link.number || isOver(this.model)) return;
    return this.#guard(() => this.#hearing.hear(member, message));
  }

  #do(effect: Effect): void {
    const { keeper, onEvent } = this.#options;
    switch (effect.type) {
      case 'send':
        return this.#links.of(effect.to)?.send(effect.message);
      case 'welcome':
        return this.#welcome(effect);
      case 'rejoin':
        return this.#links.of(effect.to)?.send({
          type: 'rejoined',
          generation: effect.generation,
          ...keeper.recorded,
        });
      case 'adopt-link':
        return this.#links.give(effect.link, effect.to, effect.replaces);
      case 'dismiss': {
        const { link, exitCode, code, message, close } = effect;
        return this.#links.dismiss(link, { type: 'leave', exitCode, code, message }, close);
      }
      case 'probe':
        return this.#probe(effect.of, effect.withinMs);
      case 'close':
        return this.#links.close(effect.link, effect.close, effect.reason);
      case 'announce':
        return this.#announce(effect.generation);
      case 'open':
        return this.#open(effect.generation);
      case 'hub':
        return this.#openHub(effect.generation);
      case 'resume':
        return this.#begin();
      case 'pause':
        return this.progress.pause();
      case 'adopt':
        return this.progress.adopt(effect.steps);
      case 'forget':
        this.#relay.forget(effect.worker);
        return this.progress.forget(effect.worker);
      case 'save-all':
        return this.progress.savePoints.saveAll();
      case 'flush':
        void keeper.checkpoints.idle().then(() => this.#machine.take({ type: 'saved' }));
        return;
      case 'rewind':
        return this.#after(this.#rewind());
      case 'tell':
        if (effect.event.type === 'generation') this.#why = effect.event.why;
        return onEvent(effect.event);
      case 'log':
        return keeper.log(effect.entry);
      case 'finish':
        return this.#finish(effect.outcome);
    }
  }

  #welcome({ to: workerId, heal, nth }: Extract<Effect, { type: 'welcome' }>): void {
    const channel = this.#links.of(workerId);
    if (channel === null) return;
    const { job, dataset, plan } = this.#options;
    const { run } = this.#terms;
    const about = { workerId, run, job, dataset, microbatches: plan.microbatches };
    const beginning = heal ? null : this.#beginning;
    welcome(channel, { ...about, beginning, heal, nth }).catch(() => undefined); // the channel closed: `onClose` tells
  }

  #probe(of: string, withinMs: number): void {
    const channel = this.#links.of(of);
    const told = (answers: boolean | null): void => this.#machine.take({ type: 'probed', from: of, answers });
    if (channel === null) return told(null);
    // One that has ended, or another has followed, is no sign of anything.
    void channel.probe(withinMs).then((answers) => told(this.#links.of(of) === channel ? answers : null));
  }

  #announce(generation: Generation): void {
    const key = this.#options.key();
    const { number } = generation;
    const written = this.#options.keeper.announce(keptOf({ ...generation, key }));
    this.#after(written.then(() => this.#machine.take({ type: 'announced', generation: number, key })));
  }

  #open(generation: Generation): void {
    const { number, members } = generation;
    this.progress.open({ number, workers: members.map(({ id }) => id), microbatches: dealtByName(generation) });
  }

  #openHub(generation: Generation | null): void {
    const { hub } = this.#options;
    if (generation === null) return hub.close();
    hub.open(generation, (rank, reason) =>
      this.#machine.take({ type: 'foldLost', generation: generation.number, rank, reason }),
    );
  }

  #begin(): void {
    if (!this.#begun) this.#options.keeper.begin();
    this.#begun = true;
    this.#beginning = null;
    this.progress.resume();
  }

  async #rewind(): Promise<void> {
    const { keeper } = this.#options;
    const beginning = await keeper.beginning();
    const step = beginning?.step ?? 0;
    await keeper.rewind(step);
    this.#beginning = beginning;
    this.progress.reset(step);
    this.#machine.take({ type: 'rewound', base: { step, digest: beginning?.weightsDigest ?? null } });
  }

  #finish(outcome: Outcome): void {
    this.#clock.stop();
    this.progress.pause();
    void this.#sendHome(outcome);
  }

  async #sendHome(outcome: Outcome): Promise<void> {
    try {
      this.#ended = await conclude(outcome, this.#options, this.progress, this.model);
      const { ending, words } = this.#ended;
      const leave = { type: 'leave', ...words } as const;
      for (const { id } of this.model.members) this.#links.of(id)?.send(leave);
      this.#resolve(ending);
    } catch (error) {
      this.#resolve({ exitCode: asGradsocketError(error).exitCode, summary: null });
    }
  }

  /** It came after the end. The others have been told already, or will be in a moment. */
  #sendAway(link: Link): void {
    const { phase } = this.model;
    if (phase.name !== 'finished') return;
    const words = this.#ended?.words ?? { ...farewell(phase.outcome), exitCode: exitCodeOf(phase.outcome) };
    this.#links.dismiss(link.number, { type: 'leave', ...words }, 'done');
  }

  #after(done: Promise<unknown>): void {
    done.catch((error: unknown) => this.fail(error));
  }

  /** What one worker did wrong ends its connection; anything else ends the run. */
  #guard<T>(action: () => T): T | void {
    try {
      return action();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      this.fail(error);
    }
  }

  #seats(): readonly Member[] {
    const { members, generation } = this.model;
    return members.filter(({ id }) => isSeatedIn(generation, id));
  }

  #memberOf(id: string): Member | undefined {
    return memberIn(this.model.members, id);
  }

  #nameOf(id: string): string {
    const { members, generation } = this.model;
    const named = memberIn(members, id) ?? generation?.members.find((seat) => seat.id === id);
    return named?.name ?? id;
  }
}
