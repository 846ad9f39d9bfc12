import { answerOf, type Member } from './member.ts';
import { type Outcome, tryAgain } from './outcome.ts';
import { howToStop } from './patience.ts';
import type { Stage } from './stage.ts';
import { type InState, isOver } from './state.ts';
import type { Training } from './training.ts';
import { chooseUploader } from './uploader.ts';
import * as verdicts from './verdicts.ts';

/** A checkpoint counts as arriving while its parts are no further apart. */
const ARRIVING_MS = 500;
const LOOK_AGAIN_MS = 250;

/** Ends a run that trains, as asked or because it cannot go on, with the newest state saved that anybody holds. */
export class Shutdown {
  readonly #stage: Stage;
  readonly #onLost: (member: Member, reason: string) => void;
  #cancelInterrupt: () => void = () => undefined;
  #cancelLink: () => void = () => undefined;

  /** `onLost`: a worker whose state was awaited does not send it. */
  constructor(stage: Stage, onLost: (member: Member, reason: string) => void) {
    this.#stage = stage;
    this.#onLost = onLost;
  }

  /** On request. Ends within the time that a person waits, whatever the workers do. */
  stop(training: Training, reason: string): void {
    const { clock, deadlines, onEvent } = this.#stage.options;
    const outcome = { status: 'interrupted', reason } as const;
    const { by, why } = howToStop(training.recentStepMs, deadlines);
    onEvent({ type: 'stopping', reason });
    if (by === 'halt') {
      this.halt(training, outcome);
    } else {
      this.#stage.enter({ name: 'draining', training, outcome }, why);
      this.#stage.deadline(deadlines.drain, () => this.halt(training, outcome));
      for (const { channel } of this.#stage.members) channel.send({ type: 'drain' });
    }
    const began = clock.now();
    const leaveOrWait = (): void => {
      const arriving = clock.now() - training.lastPart < ARRIVING_MS;
      if (arriving && clock.now() - began < deadlines.interruptAtMost) {
        this.#cancelInterrupt = clock.after(LOOK_AGAIN_MS, leaveOrWait);
        return;
      }
      this.#stage.warn('Leaving before a checkpoint of the newest step was complete.');
      this.#stage.finish(outcome);
    };
    this.#cancelInterrupt = clock.after(deadlines.interrupt, leaveOrWait);
  }

  /** If a worker died, its own connection says so in a moment, and better. */
  linkBroke(sentence: string): void {
    if (isOver(this.#stage.state)) return;
    const { archive, clock, deadlines } = this.#stage.options;
    archive.log({ link: sentence });
    this.#cancelLink();
    this.#cancelLink = clock.after(deadlines.peerLost, () => {
      const { state } = this.#stage;
      if (state.name !== 'connecting' && state.name !== 'training') return;
      this.halt(state.training, tryAgain('PEER_LOST', sentence));
    });
  }

  /** Drops the running step everywhere, to find out who holds what. `stalledMs`: as in the state. */
  halt(training: Training, outcome: Outcome, stalledMs: number | null = null): void {
    const { number } = training.generation;
    const { deadlines } = this.#stage.options;
    const state = { name: 'halting', training, outcome, stalledMs } as const;
    this.#stage.enter(state);
    if (this.#stage.roster.size === 0) return this.rescue(training, outcome);
    for (const { channel } of this.#stage.members) channel.send({ type: 'halt', generation: number });
    const patience = outcome.status === 'interrupted' ? deadlines.haltNow : deadlines.halt;
    this.#stage.deadline(patience, () => this.rescue(training, this.#explained(state)));
  }

  /** Nothing was heard of anybody for `ms`: what they answer to `halt` says who is to blame. */
  stalled(training: Training, ms: number): void {
    this.halt(training, stall(training, ms, [], []), ms);
  }

  /** Somebody answered `halt`, or left: saves once nobody's answer is missing. */
  rescueIfAnswered(state: InState<'halting'>): void {
    if (this.#stage.members.some((member) => member.state.name !== 'halted')) return;
    this.rescue(state.training, this.#explained(state));
  }

  /** A stall, as the answers that are here explain it; any other outcome as it is. */
  #explained({ training, outcome, stalledMs }: InState<'halting'>): Outcome {
    if (stalledMs === null) return outcome;
    const { members } = this.#stage;
    const silent = members.filter(({ state }) => answerOf(state) === null);
    const busy = members.filter(({ state }) => answerOf(state)?.engineBusy === true);
    return stall(training, stalledMs, this.#stage.waiting(silent), this.#stage.waiting(busy));
  }

  /** Saves the newest state that a survivor holds. */
  rescue(training: Training, outcome: Outcome): void {
    const { archive, deadlines } = this.#stage.options;
    const holdings = this.#stage.members.flatMap(({ id, state }) => {
      const answer = answerOf(state);
      return answer === null ? [] : [{ worker: id, step: answer.step }];
    });
    const decision = chooseUploader(holdings, training.savePoints.handedOver);
    archive.log({ rescue: decision.why });
    const member = this.#stage.members.find(({ id }) => id === decision.from);
    if (decision.from === null || member === undefined) {
      const { complete } = training.steps;
      const { handedOver } = training.savePoints;
      if (complete > handedOver) {
        this.#stage.warn(`What came after step ${handedOver} is not saved: ${decision.why}.`);
      }
      return this.save(training, outcome, null);
    }
    training.followOnly(member.name);
    this.save(training, outcome, { worker: member.id, step: decision.step });
    // What the member had sent already may have been enough.
    if (training.savePoints.handedOver >= decision.step) return this.save(training, outcome, null);
    member.channel.send({ type: 'upload' });
    this.#stage.deadline(deadlines.uploadPart, () => this.#onLost(member, 'its checkpoint did not come'));
  }

  /** A part of a checkpoint has come. */
  partCame(member: Member, { training, outcome, from }: InState<'saving'>): void {
    if (from?.worker !== member.id) return;
    if (training.savePoints.handedOver >= from.step) return this.save(training, outcome, null);
    this.#stage.deadline(this.#stage.options.deadlines.uploadPart, () =>
      this.#onLost(member, 'its checkpoint stopped coming'),
    );
  }

  /** `from`: who still sends; null: only the disk is waited for. */
  save(training: Training, outcome: Outcome, from: InState<'saving'>['from']): void {
    this.#stage.enter({ name: 'saving', training, outcome, from });
    if (from === null) void this.#stage.options.archive.checkpoints.idle().then(() => this.#stage.finish(outcome));
  }

  /** The run is over: nothing is waited for any more. */
  cancel(): void {
    this.#cancelInterrupt();
    this.#cancelLink();
  }
}

/** Nothing was heard for `ms`: the outcome, as far as the answers to `halt` explain it. */
function stall(
  training: Training,
  ms: number,
  silent: readonly verdicts.Waiting[],
  busy: readonly verdicts.Waiting[],
): Outcome {
  const { complete, behind } = training.steps;
  return tryAgain('STALLED', verdicts.stalled(complete, { silent, busy, behind }, ms));
}
