import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { EarlyStop } from '../progress/early-stop.ts';
import { again } from './again.ts';
import { fail, flush } from './ending.ts';
import { aimOf, halt } from './halt.ts';
import { toCheckpoint } from './settle.ts';
import type { Turn } from './turn.ts';

/** Whether the run ends before its plan does: once the checkpoint of that step is here, whatever the workers have computed since. */
export function endIfEarly(turn: Turn): boolean {
  const { early, handedOver } = turn.facts;
  if (early === null || handedOver < early.step) return false;
  flush(turn, { status: 'done', early: early.reason });
  return true;
}

/**
 * Where the state with which the run ends was lost: who still holds it sends it again, and where all have trained on, they begin at an
 * older checkpoint, and come to the same. Returns whether they do.
 */
export function backIfLost(turn: Turn): boolean {
  const { facts, terms, now } = turn;
  const { early } = facts;
  if (early === null) return false;
  const what = `the state after step ${early.step}, with which the run ends`;
  if ((turn.model.generation?.firstStep ?? 0) > early.step) {
    toCheckpoint(turn, `${what}, was lost`);
    return true;
  }
  // Who is away may bring it.
  const away = turn.seats.some(({ state }) => state.name === 'away');
  if (away || now < facts.lastPart + terms.deadlines.uploadPart) return false;
  beginAgain(turn, early, `${what}, does not come`);
  return true;
}

/** All stand still, so that those that hold the last state send it; where nobody does, they begin at an older checkpoint. */
export function beginAgain(turn: Turn, early: EarlyStop, because: string): void {
  if (!again(turn)) return halt(turn, aimOf(turn), because);
  const sentence = `The run is over after step ${early.step}, but nobody sends its checkpoint.`;
  fail(turn, new GradsocketError('RUN_INCOMPLETE', EXIT.internal, sentence));
}
