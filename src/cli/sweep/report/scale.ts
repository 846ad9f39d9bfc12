interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Where a value stands, in pixels. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly Tick[];
}

/** Pixels, from the lowest to the highest value. */
export type Span = readonly [from: number, to: number];

const ACCURACIES = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999];

/**
 * For accuracies. Where they lie far apart and some near 100 %, by the logarithm of the errors: between 95 and 98 % is then
 * as much room as between 50 and 80 %. Otherwise linear, around what there is.
 */
export function accuracyScale(values: readonly number[], [from, to]: Span): Scale {
  const [low, high] = [Math.min(1, ...values), Math.max(0, ...values)];
  if (high > 0.9 && low < 0.8) return errorScale(low, high, [from, to]);
  const room = Math.max(0.01, (high - low) * 0.08);
  const [least, most] = [Math.max(0, low - room), Math.min(1, Math.max(high, low) + room)];
  const linear = linearScale([least, most], [from, to], 5);
  return { at: linear.at, ticks: linear.ticks.map(({ at, label }) => ({ at, label: percent(Number(label)) })) };
}

function errorScale(low: number, high: number, [from, to]: Span): Scale {
  // An accuracy of 100 % has no logarithm of errors; it stands a little above the next best tick.
  const least = Math.max(1 - high, 0.002) / 1.3;
  const most = (1 - low) * 1.15;
  const [top, bottom] = [Math.log(least), Math.log(most)];
  const at = (accuracy: number): number => {
    const error = Math.log(Math.min(most, Math.max(least, 1 - accuracy)));
    return from + ((bottom - error) / (bottom - top)) * (to - from);
  };
  const inside = ACCURACIES.filter((accuracy) => 1 - accuracy >= least && 1 - accuracy <= most);
  return { at, ticks: inside.map((accuracy) => ({ at: at(accuracy), label: percent(accuracy) })) };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** For figures; steps have `whole` ticks alone: there is no step 1.2. */
export function linearScale([low, high]: Span, [from, to]: Span, wanted: number, whole = false): Scale {
  const range = high - low || 1;
  const at = (value: number): number => from + ((value - low) / range) * (to - from);
  const step = Math.max(niceStep(range / wanted), whole ? 1 : 0);
  const ticks: Tick[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    const value = Number((n * step).toPrecision(12));
    ticks.push({ at: at(value), label: labelOf(value) });
  }
  return { at, ticks };
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

/** Of ten, whose labels do not meet each other at the least height of a frame. */
const MOST_POWERS = 8;

/** `1e12`: as many zeros nobody counts, nor is there room for them. */
function labelOf(value: number): string {
  return Math.abs(value) < 1e7 ? String(value) : value.toExponential().replace('+', '');
}

/** For losses: by their logarithm. Values beyond the bounds stand at them. */
export function logScale([low, high]: Span, [from, to]: Span): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(high)];
  const at = (value: number): number => {
    const place = Math.min(top, Math.max(bottom, Math.log10(Math.max(value, Number.MIN_VALUE))));
    return from + ((place - bottom) / (top - bottom || 1)) * (to - from);
  };
  // With little between them, powers of ten alone would be too few.
  const digits = top - bottom < 1.5 ? [1, 2, 5] : [1];
  // A norm on its way to infinity passes hundreds of them.
  const every = Math.max(1, Math.ceil((top - bottom) / MOST_POWERS));
  const ticks: Tick[] = [];
  for (let power = Math.floor(bottom / every) * every; power <= Math.ceil(top); power += every) {
    for (const digit of digits) {
      const value = Number((digit * 10 ** power).toPrecision(3));
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push({ at: at(value), label: labelOf(value) });
    }
  }
  // Less than from 1 to 2: as on a linear scale, at their places on this one.
  if (ticks.length < 2) {
    const { ticks: between } = linearScale([low, high], [0, 1], 4);
    return { at, ticks: between.map(({ label }) => ({ at: at(Number(label)), label })) };
  }
  return { at, ticks };
}
