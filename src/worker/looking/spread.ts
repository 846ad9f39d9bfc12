import { BINS, type Spread } from '../../shared/protocol/inspection.ts';

/** How values are spread: each is looked at twice, once for the bounds, once for the bars. `scale`: by which they are multiplied. */
export function spreadOf(values: Float32Array, scale = 1): Spread {
  let [min, max, sum, squares, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]! * scale;
    // False for what is no number, too.
    if (!(Math.abs(value) < Number.POSITIVE_INFINITY)) continue;
    count++;
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const notFinite = values.length - count;
  if (count === 0) return { count, notFinite, mean: 0, deviation: 0, min: 0, max: 0, bins: [] };
  const bins = new Uint32Array(BINS);
  const perBin = max > min ? BINS / (max - min) : 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]! * scale;
    if (!(Math.abs(value) < Number.POSITIVE_INFINITY)) continue;
    bins[Math.min(BINS - 1, Math.floor((value - min) * perBin))]!++;
  }
  const mean = sum / count;
  return {
    count,
    notFinite,
    mean,
    deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)),
    min,
    max,
    bins: Array.from(bins),
  };
}

/** The length of a vector. */
export function normOf(values: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += values[index]! * values[index]!;
  return Math.sqrt(squares);
}
