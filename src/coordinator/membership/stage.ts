import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { Member } from './member.ts';
import { asGradsocketError, failure, type Outcome } from './outcome.ts';
import { Roster } from './roster.ts';
import type { RunOptions } from './run-options.ts';
import { isOver, type RunState, trainingIn } from './state.ts';
import type { Waiting } from './verdicts.ts';

/**
 * Where a run stands and who is there: what its phases share. Has the one setter of the state, which ends the waits that
 * belonged to the state before.
 */
export class Stage {
  readonly options: RunOptions;
  readonly roster: Roster;
  readonly #onFinished: (outcome: Outcome) => void;
  #state: RunState = { name: 'gathering' };
  #cancelDeadline: () => void = () => undefined;
  #cancelReminder: () => void = () => undefined;

  /** `onFinished` is called once. */
  constructor(options: RunOptions, onFinished: (outcome: Outcome) => void) {
    this.options = options;
    this.roster = new Roster(options.wanted, (entry) => options.archive.log(entry));
    this.#onFinished = onFinished;
  }

  get state(): RunState {
    return this.#state;
  }

  get members(): readonly Member[] {
    return this.roster.all;
  }

  enter(state: RunState, why?: string): void {
    const from = this.#state.name;
    this.#cancelDeadline();
    this.#cancelReminder();
    this.#state = state;
    this.options.archive.log({ state: state.name, from, ...(why === undefined ? {} : { why }) });
  }

  /** Unless another state or another deadline comes first. */
  deadline(ms: number, action: () => void): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.options.clock.after(ms, () => this.guard(action));
  }

  /** Unless another state comes first. */
  remind(ms: number, action: () => void): void {
    this.#cancelReminder = this.options.clock.after(ms, () => this.guard(action));
  }

  finish(outcome: Outcome): void {
    if (isOver(this.#state)) return;
    const name = outcome.status === 'failed' || outcome.status === 'diverged' ? 'failed' : 'finished';
    this.enter({ name, training: trainingIn(this.#state), outcome });
    this.#onFinished(outcome);
  }

  /** The run cannot go on, and no state is worth saving. */
  fail(error: unknown): void {
    this.finish(failure(asGradsocketError(error)));
  }

  /** What one worker did wrong ends its connection; anything else ends the run. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      this.fail(error);
    }
  }

  warn(message: string): void {
    this.options.archive.log({ warning: message });
    this.options.onEvent({ type: 'warning', message });
  }

  outOfTurn(message: ToCoordinator): ProtocolError {
    return new ProtocolError('outOfTurn', `'${message.type}' came while the run is ${this.#state.name}`);
  }

  waiting(members: readonly Member[]): readonly Waiting[] {
    return members.map(({ name, channel }) => ({ name, remote: channel.remote }));
  }
}
