import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { fail, flush } from './ending.ts';
import type { Turn } from './turn.ts';

/** Whether all that are left of the generation are through with the plan; ends the run then. */
export function endIfComplete(turn: Turn): boolean {
  const ends = turn.seats.map(({ name, state }) => {
    const settled = state.name === 'away' ? state.before : state;
    return { name, step: settled.name === 'done' ? settled.step : null };
  });
  const [first] = ends;
  if (first === undefined || ends.some(({ step }) => step === null)) return false;
  const differ = ends.find(({ step }) => step !== first.step);
  const missing =
    differ !== undefined
      ? `${differ.name} ended after step ${differ.step}, ${first.name} after step ${first.step}`
      : turn.facts.missing(first.step!);
  if (missing !== null) {
    fail(
      turn,
      new GradsocketError('RUN_INCOMPLETE', EXIT.internal, `All workers are done, but this is missing: ${missing}.`),
    );
  } else flush(turn, { status: 'done' });
  return true;
}
