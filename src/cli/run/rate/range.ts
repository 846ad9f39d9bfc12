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

/** The losses of single batches are noise: each is averaged with so many to both sides. */
const REACH = 5;
/** How much of the past the average keeps that tells where losses leave all bounds. */
const MEMORY = 0.8;
/** Where that average is so many times the lowest, rates are too high by far. */
const DIVERGED = 4;
/** Averages of fewer points are too little to go by. */
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

/** Means over the points to both sides, so that the curve lags behind nothing. */
function smoothed(tried: readonly Tried[]): readonly Tried[] {
  const kept = bounded(tried);
  return kept.map(({ rate }, at) => {
    const around = kept.slice(Math.max(0, at - REACH), at + REACH + 1);
    return { rate, loss: around.reduce((sum, { loss }) => sum + loss, 0) / around.length };
  });
}

/** Up to where the losses leave all bounds, by an exponential average that is not drawn to where it began. */
function bounded(tried: readonly Tried[]): readonly Tried[] {
  let average = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [index, { loss }] of tried.entries()) {
    average = MEMORY * average + (1 - MEMORY) * loss;
    const value = average / (1 - MEMORY ** (index + 1));
    if (!Number.isFinite(value) || (index > FIRST && value > DIVERGED * lowest)) return tried.slice(0, index);
    lowest = Math.min(lowest, value);
  }
  return tried;
}

/** By how much the loss changes while the rate becomes e times as high, taken over a few points to both sides. */
function slopeAt(curve: readonly Tried[], at: number): number {
  const [before, after] = [curve[Math.max(0, at - 3)]!, curve[Math.min(curve.length - 1, at + 3)]!];
  return (after.loss - before.loss) / Math.log(after.rate / before.rate);
}
