/** From where to where an axis goes. */
export interface Frame {
  readonly low: number;
  readonly high: number;
  /** Some values are above it. */
  readonly clipped: boolean;
}

/**
 * The losses that are drawn: a spike in the first steps must not press all others flat. What guessing costs is always in it.
 * Null: there is nothing to draw.
 */
export function lossFrame(losses: readonly (number | null)[], classes: number): Frame | null {
  const finite = losses.filter((loss) => loss !== null && Number.isFinite(loss)) as number[];
  if (finite.length === 0) return null;
  const sorted = finite.toSorted((a, b) => a - b);
  const [low, highest] = [sorted[0]!, sorted.at(-1)];
  const usual = sorted[Math.floor((sorted.length - 1) * 0.95)]!;
  const most = Math.max(1.6 * Math.log(Math.max(2, classes)), 1.25 * usual);
  return { low, high: Math.min(highest, most), clipped: highest > most };
}

/** From the lowest to the highest value, for what must not be cut. */
export function wholeFrame(values: readonly (number | null)[]): Frame | null {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (finite.length === 0) return null;
  let [low, high] = [finite[0]!, finite[0]!];
  for (const value of finite) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { low, high, clipped: false };
}
