/** From where to where an axis goes. */
export interface Frame {
  readonly low: number;
  readonly high: number;
  /** Some values are above it. */
  readonly clipped: boolean;
}

/**
 * The losses that are drawn: neither a spike in the first steps nor one run of several that went to infinity must press all others flat. What
 * guessing costs is always in it. Null: there is nothing to draw.
 */
export function lossFrame(losses: readonly (number | null)[], classes: number): Frame | null {
  const guess = Math.log(Math.max(2, classes));
  return usualFrame(losses, 1.6 * guess, 4 * guess);
}

/**
 * Without the few highest values. It ends no lower than `least`, and no higher than `most` where most values lie below that. Null: there is
 * nothing to draw.
 */
export function usualFrame(
  values: readonly (number | null)[],
  least = 0,
  most = Number.POSITIVE_INFINITY,
): Frame | null {
  const finite = finiteIn(values);
  if (finite.length === 0) return null;
  const sorted = finite.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)]!;
  const usual = Math.max(least, 1.25 * at(0.95));
  const [low, highest, end] = [at(0), at(1), at(0.5) < most ? Math.min(usual, most) : usual];
  return { low, high: Math.min(highest, end), clipped: highest > end };
}

/** From the lowest to the highest value, for what must not be cut. */
export function wholeFrame(values: readonly (number | null)[]): Frame | null {
  const finite = finiteIn(values);
  if (finite.length === 0) return null;
  let [low, high] = [finite[0]!, finite[0]!];
  for (const value of finite) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { low, high, clipped: false };
}

function finiteIn(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null && Number.isFinite(value));
}
