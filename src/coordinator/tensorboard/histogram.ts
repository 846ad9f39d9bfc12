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

interface Bucket {
  readonly limit: number;
  readonly count: number;
}

/** All buckets by rising limit: large negative ones first, tiny magnitudes as one. */
function ascending(counts: Uint32Array): readonly Bucket[] {
  const edge = (bucket: number): number => floatOf((bucket << SHIFT) >>> 0);
  const buckets: Bucket[] = [];
  let tiny = 0;
  for (let bucket = NOT_FINITE - 1; bucket >= TINY; bucket--) {
    buckets.push({ limit: -edge(bucket), count: counts[SIGN + bucket]! });
  }
  for (let bucket = 0; bucket < TINY; bucket++) tiny += counts[bucket]! + counts[SIGN + bucket]!;
  buckets.push({ limit: edge(TINY), count: tiny });
  for (let bucket = TINY; bucket < NOT_FINITE; bucket++) {
    // The edge after the last one would be infinite.
    const last = bucket === NOT_FINITE - 1;
    buckets.push({ limit: last ? Number.MAX_VALUE : edge(bucket + 1), count: counts[bucket]! });
  }
  return buckets;
}

/** Without what is empty at both ends; of empty buckets in a row the last one says the same as all. */
function filled(buckets: readonly Bucket[]): Pick<Histogram, 'limits' | 'buckets'> {
  const first = buckets.findIndex(({ count }) => count > 0);
  const last = buckets.findLastIndex(({ count }) => count > 0);
  // An empty bucket in front says where the first one begins; without it, it would begin at the smallest number.
  const kept = buckets
    .slice(Math.max(first - 1, 0), last + 1)
    .filter(({ count }, index, list) => count > 0 || list[index + 1]!.count > 0);
  return { limits: kept.map(({ limit }) => limit), buckets: kept.map(({ count }) => count) };
}

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}
