import type { Member } from './member.ts';
import { type Outcome, tryAgain } from './outcome.ts';
import { howToStop } from './patience.ts';
import type { Stage } from './stage.ts';
import { isOver, type RunState } from './state.ts';
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
  #stalledFor: number | null = null;

  /** `onLost`: a worker whose state was awaited does not send it. */
  constructor(stage: Stage, onLost: (member: Member, reason: string) => void) {
    this.#stage = stage;
    this.#onLost = onLost;
  }

  /** On request. Ends within the time that a person waits, whatever the workers do. */
  stop(reason: string): void {
    const { clock, deadlines, onEvent } = this.#stage.options;
    const outcome = { status: 'interrupted', reason } as const;
    const { by, why } = howToStop(this.#stage.trainingNow.recentStepMs, deadlines);
    onEvent({ type: 'stopping', reason });
    if (by === 'halt') {
      this.halt(outcome);
    } else {
      this.#stage.enter({ name: 'draining', outcome }, why);
      this.#stage.deadline(deadlines.drain, () => this.halt(outcome));
      for (const { channel } of this.#stage.members) channel.send({ type: 'drain' });
    }
    const began = clock.now();
    const leaveOrWait = (): void => {
      const arriving = clock.now() - this.#stage.trainingNow.lastPart < ARRIVING_MS;
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
      const { name } = this.#stage.state;
      if (name === 'connecting' || name === 'training') this.halt(tryAgain('PEER_LOST', sentence));
    });
  }

  /** Drops the running step everywhere, to find out who holds what. */
  halt(outcome: Outcome): void {
    const { number } = this.#stage.trainingNow.generation;
    const { deadlines } = this.#stage.options;
    this.#stage.enter({ name: 'halting', outcome });
    if (this.#stage.roster.size === 0) return this.rescue(outcome);
    for (const { channel } of this.#stage.members) channel.send({ type: 'halt', generation: number });
    const patience = outcome.status === 'interrupted' ? deadlines.haltNow : deadlines.halt;
    this.#stage.deadline(patience, () => this.rescue(this.#explained(outcome)));
  }

  /** Nothing was heard of anybody for `ms`: what they answer to `halt` says who is to blame. */
  stalled(ms: number): void {
    this.#stalledFor = ms;
    this.halt(this.#stall(ms));
  }

  /** Somebody answered `halt`, or left: saves once nobody's answer is missing. */
  rescueIfAnswered(outcome: Outcome): void {
    if (this.#stage.members.every(({ halted }) => halted !== null)) this.rescue(this.#explained(outcome));
  }

  /** A stall, as the answers that are here explain it; any other outcome as it is. */
  #explained(outcome: Outcome): Outcome {
    const stalled = outcome.status === 'failed' && outcome.error.code === 'STALLED';
    return stalled && this.#stalledFor !== null ? this.#stall(this.#stalledFor) : outcome;
  }

  #stall(ms: number): Outcome {
    const { members, trainingNow } = this.#stage;
    const halting = this.#stage.state.name === 'halting';
    const silent = halting ? members.filter(({ halted }) => halted === null) : [];
    const busy = members.filter(({ halted }) => halted?.engineBusy === true);
    const suspects = {
      silent: this.#stage.waiting(silent),
      busy: this.#stage.waiting(busy),
      behind: trainingNow.steps.behind,
    };
    return tryAgain('STALLED', verdicts.stalled(trainingNow.steps.complete, suspects, ms));
  }

  /** Saves the newest state that a survivor holds. */
  rescue(outcome: Outcome): void {
    const training = this.#stage.trainingNow;
    const { archive, deadlines } = this.#stage.options;
    const holdings = this.#stage.members.flatMap(({ id, halted }) =>
      halted === null ? [] : [{ worker: id, step: halted.step }],
    );
    const decision = chooseUploader(holdings, training.savePoints.handedOver);
    archive.log({ rescue: decision.why });
    const member = this.#stage.members.find(({ id }) => id === decision.from);
    if (decision.from === null || member === undefined) {
      const { complete } = training.steps;
      const { handedOver } = training.savePoints;
      if (complete > handedOver) {
        this.#stage.warn(`What came after step ${handedOver} is not saved: ${decision.why}.`);
      }
      return this.save(outcome, null);
    }
    training.followOnly(member.name);
    this.save(outcome, member.id);
    // What the member had sent already may have been enough.
    if (training.savePoints.handedOver >= decision.step) return this.save(outcome, null);
    member.channel.send({ type: 'upload' });
    this.#stage.deadline(deadlines.uploadPart, () => this.#onLost(member, 'its checkpoint did not come'));
  }

  /** A part of a checkpoint has come. */
  partCame(member: Member, state: Extract<RunState, { name: 'saving' }>): void {
    if (state.from !== member.id) return;
    if (this.#stage.trainingNow.savePoints.handedOver >= (member.halted?.step ?? 0))
      return this.save(state.outcome, null);
    this.#stage.deadline(this.#stage.options.deadlines.uploadPart, () =>
      this.#onLost(member, 'its checkpoint stopped coming'),
    );
  }

  /** `from`: who still sends; null: only the disk is waited for. */
  save(outcome: Outcome, from: string | null): void {
    this.#stage.enter({ name: 'saving', outcome, from });
    if (from === null) void this.#stage.options.archive.checkpoints.idle().then(() => this.#stage.finish(outcome));
  }

  /** The run is over: nothing is waited for any more. */
  cancel(): void {
    this.#cancelInterrupt();
    this.#cancelLink();
  }
}
