import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { again } from './again.ts';
import { beginAgain } from './early.ts';
import { fail, flush } from './ending.ts';
import { aimOf, halt } from './halt.ts';
import type { Turn } from './turn.ts';

/** Whether all that are left of the generation are through with the plan; ends the run then. */
export function endIfComplete(turn: Turn): boolean {
  const ends = turn.seats.map(({ name, state }) => {
    const settled = state.name === 'away' ? state.before : state;
    return { name, step: settled.name === 'done' ? settled.step : null };
  });
  const [first] = ends;
  if (first === undefined || ends.some(({ step }) => step === null)) return false;
  const step = first.step!;
  // The coordinator was away for so long that they are through with the whole plan; nobody sends anything any more.
  const { early } = turn.facts;
  if (early !== null && step > early.step) {
    beginAgain(turn, early, 'all are done with the plan');
    return true;
  }
  const differ = ends.find((end) => end.step !== step);
  const missing =
    differ !== undefined
      ? `${differ.name} ended after step ${differ.step}, ${first.name} after step ${step}`
      : turn.facts.missing(step);
  if (missing === null) flush(turn, { status: 'done' });
  else if (differ !== undefined || !isOwed(turn, step) || again(turn)) {
    const sentence = `All workers are done, but this is missing: ${missing}.`;
    fail(turn, new GradsocketError('RUN_INCOMPLETE', EXIT.internal, sentence));
  } else halt(turn, aimOf(turn), `all are done, but for what was lost with whoever gave it: ${missing}`);
  return true;
}

/**
 * It was given, and not yet on the disk when the coordinator died; whoever had given it is gone, and those that came after were not
 * asked for it. Whoever holds the state can give it again.
 */
function isOwed({ facts }: Turn, step: number): boolean {
  if (facts.complete !== step) return false;
  const { evaluate, checkpoint } = facts.owed(step);
  return evaluate || checkpoint;
}
