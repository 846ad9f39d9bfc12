import { dealMicrobatches, type Range } from '../../shared/plan/microbatches.ts';
import { median } from '../progress/median.ts';

/** A deal that is not even has to make the slowest rank's part shorter by this much. */
const WORTH = 0.1;

/**
 * How many microbatches each rank computes, so that the last one is through as early as can be; evenly where that is about as good.
 * `speeds`: microbatches a second, by rank; null: unknown, taken for that of the others. Every rank gets one at least: who had none
 * could not show that it is fast again.
 */
export function dealBySpeed(microbatches: number, speeds: readonly (number | null)[]): readonly number[] {
  const even = dealMicrobatches(microbatches, speeds.length).map(({ start, end }) => end - start);
  const known = speeds.filter((speed) => speed !== null);
  if (known.length === 0 || microbatches < speeds.length) return even;
  const usual = median(known);
  const all = speeds.map((speed) => speed ?? usual);
  const counts = all.map(() => 1);
  for (let left = microbatches - all.length; left > 0; left--) {
    const after = all.map((speed, rank) => (counts[rank]! + 1) / speed);
    counts[after.indexOf(Math.min(...after))]!++;
  }
  return secondsOf(counts, all) < (1 - WORTH) * secondsOf(even, all) ? counts : even;
}

/** Until the last rank has computed so many microbatches at these speeds. */
export function secondsOf(counts: readonly number[], speeds: readonly number[]): number {
  return Math.max(...counts.map((count, rank) => count / speeds[rank]!));
}

/** Contiguous, in the order of ranks. */
export function rangesOf(counts: readonly number[]): readonly Range[] {
  let start = 0;
  return counts.map((count) => {
    const range = { start, end: start + count };
    start = range.end;
    return range;
  });
}
