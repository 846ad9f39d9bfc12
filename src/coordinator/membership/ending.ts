import { asGradsocketError, failure, type Outcome } from './outcome.ts';
import type { Turn } from './turn.ts';
import { chooseUploader } from './uploader.ts';

/** A checkpoint counts as arriving while its parts are no further apart. */
export const ARRIVING_MS = 500;
export const LOOK_AGAIN_MS = 250;

export function finish(turn: Turn, outcome: Outcome): void {
  if (turn.phase.name === 'finished') return;
  turn.enter({ name: 'finished', outcome });
  turn.set({ stopping: null });
  turn.do({ type: 'hub', generation: null });
  turn.do({ type: 'finish', outcome });
}

/** The run cannot go on, and no state is worth saving. */
export function fail(turn: Turn, error: unknown): void {
  finish(turn, failure(asGradsocketError(error)));
}

/** Only the disk is waited for. */
export function flush(turn: Turn, outcome: Outcome | null, why = ''): void {
  turn.enter({ name: 'saving', from: null, until: null, outcome }, why);
  turn.do({ type: 'flush' });
}

/** Saves the newest state that a worker holds which stands still. `outcome`: as in the phase `saving`. */
export function rescue(turn: Turn, outcome: Outcome | null): void {
  const { facts, now, terms } = turn;
  // What was computed after the step with which the run ends is no part of it.
  const last = facts.early?.step ?? terms.total;
  const holdings = turn.linked.flatMap(({ id, name, state }) =>
    state.name === 'halted' && state.answer.step <= last ? [{ worker: id, name, step: state.answer.step }] : [],
  );
  const decision = chooseUploader(holdings, facts.handedOver);
  turn.log({ rescue: decision.why });
  if (decision.from === null) {
    if (facts.complete > facts.handedOver) {
      turn.warn(`What came after step ${facts.handedOver} is not saved: ${decision.why}.`);
    }
    return flush(turn, outcome, decision.why);
  }
  const { from, step } = decision;
  turn.do({ type: 'adopt', steps: step });
  turn.do({ type: 'save-all' });
  turn.enter(
    { name: 'saving', from: { worker: from, step, asked: false }, until: now + terms.deadlines.uploadPart, outcome },
    decision.why,
  );
}
