/** How values are spread: bucket `i` counts what lies above the limit before it, up to `limits[i]`. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** Ascending; one for each bucket. */
  readonly limits: readonly number[];
  readonly buckets: readonly number[];
}

/**
 * A float's sign, exponent and first three bits of its fraction number its bucket: eight to each power of two, found
 * without a search, so that the millions of weights of a network take milliseconds.
 */
const SHIFT = 20;
const SIGN = 1 << (31 - SHIFT);
/** Magnitudes below 2^-40 share the bucket of zero: nobody looks for the shape of what lies there. */
const TINY = (127 - 40) << (23 - SHIFT);
/** Infinities and what is no number. */
const NOT_FINITE = 255 << (23 - SHIFT);

/** Values that are not finite are left out; null where there are no others. */
export function histogramOf(values: Float32Array): Histogram | null {
  const counts = new Uint32Array(2 * SIGN);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let [min, max, sum, sumOfSquares, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const bucket = bits[index]! >>> SHIFT;
    if ((bucket & (SIGN - 1)) >= NOT_FINITE) continue;
    const value = values[index]!;
    counts[bucket]!++;
    count++;
    sum += value;
    sumOfSquares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return count === 0 ? null : { min, max, count, sum, sumOfSquares, ...filled(ascending(counts)) };
}

/** Buckets of magnitudes that are neither tiny nor infinite, on either side of zero. */
const SIDE = NOT_FINITE - TINY;
/** Where tiny magnitudes stand among the buckets by rising limit: negative ones before them, positive ones after. */
const MIDDLE = SIDE;

const LIMITS = ((): Float64Array => {
  const limits = new Float64Array(2 * SIDE + 1);
  const edges = new Float32Array(Uint32Array.from({ length: SIDE }, (_, n) => (TINY + n) << SHIFT).buffer);
  for (let n = 0; n < SIDE; n++) {
    limits[MIDDLE - 1 - n] = -edges[n]!;
    // The edge after the last one would be infinite.
    limits[MIDDLE + 1 + n] = edges[n + 1] ?? Number.MAX_VALUE;
  }
  limits[MIDDLE] = edges[0]!;
  return limits;
})();

/** The counts of all buckets by rising limit. */
function ascending(counts: Uint32Array): Float64Array {
  const all = new Float64Array(LIMITS.length);
  for (let n = 0; n < SIDE; n++) {
    all[MIDDLE - 1 - n] = counts[SIGN + TINY + n]!;
    all[MIDDLE + 1 + n] = counts[TINY + n]!;
  }
  for (let bucket = 0; bucket < TINY; bucket++) all[MIDDLE]! += counts[bucket]! + counts[SIGN + bucket]!;
  return all;
}

/** Without what is empty at both ends; of empty buckets in a row the last one says the same as all. */
function filled(counts: Float64Array): Pick<Histogram, 'limits' | 'buckets'> {
  const limits: number[] = [];
  const buckets: number[] = [];
  const last = counts.findLastIndex((count) => count > 0);
  for (let bucket = 0; bucket <= last; bucket++) {
    // An empty one says where the one after it begins.
    if (counts[bucket] === 0 && counts[bucket + 1] === 0) continue;
    limits.push(LIMITS[bucket]!);
    buckets.push(counts[bucket]!);
  }
  return { limits, buckets };
}
