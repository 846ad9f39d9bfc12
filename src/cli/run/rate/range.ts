/** The loss of a step, and the rate with which it was made. */
export interface Tried {
  readonly rate: number;
  readonly loss: number;
}

export interface Found {
  readonly rate: number;
  /** The losses, smoothed, up to where they left all bounds. */
  readonly curve: readonly Tried[];
}

/** How much of the past a smoothed loss keeps: the losses of single batches are noise. */
const SMOOTHING = 0.9;
/** Where the smoothed loss is so many times the lowest, rates are too high by far. */
const DIVERGED = 4;
/** The first so many points are smoothed of too little to go by. */
const FIRST = 10;
/** The loss must have fallen by so much of its first value, or the test has shown nothing. */
const LEAST_FALL = 0.02;

/**
 * The rate of a range test (Smith, 2015; as fastai's `lr_find` suggests it): where the smoothed loss falls fastest on a logarithmic axis,
 * looked for before its lowest point. Null: it never falls.
 */
export function rateIn(tried: readonly Tried[]): Found | null {
  const curve = smoothed(tried);
  if (curve.length <= FIRST + 2) return null;
  const lowest = curve.reduce((best, { loss }, i) => (loss < curve[best]!.loss ? i : best), 0);
  const start = Math.max(...curve.slice(0, FIRST).map(({ loss }) => loss));
  if (curve[lowest]!.loss > start * (1 - LEAST_FALL)) return null;
  let steepest: { readonly slope: number; readonly at: number } | null = null;
  for (let at = FIRST; at < lowest; at++) {
    const slope = slopeAt(curve, at);
    if (steepest === null || slope < steepest.slope) steepest = { slope, at };
  }
  if (steepest === null) return null;
  return { rate: Number(curve[steepest.at]!.rate.toPrecision(2)), curve };
}

/** An exponential average that is not drawn to where it began, up to where it leaves all bounds. */
function smoothed(tried: readonly Tried[]): readonly Tried[] {
  const curve: Tried[] = [];
  let average = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [index, { rate, loss }] of tried.entries()) {
    average = SMOOTHING * average + (1 - SMOOTHING) * loss;
    const value = average / (1 - SMOOTHING ** (index + 1));
    if (!Number.isFinite(value) || (index > FIRST && value > DIVERGED * lowest)) break;
    lowest = Math.min(lowest, value);
    curve.push({ rate, loss: value });
  }
  return curve;
}

/** By how much the loss changes while the rate becomes e times as high, taken over a few points to both sides. */
function slopeAt(curve: readonly Tried[], at: number): number {
  const [before, after] = [curve[Math.max(0, at - 3)]!, curve[Math.min(curve.length - 1, at + 3)]!];
  return (after.loss - before.loss) / Math.log(after.rate / before.rate);
}
