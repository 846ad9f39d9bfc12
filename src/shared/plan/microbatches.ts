/**
 * The unit of training is the microbatch. What microbatch `m` of a step holds depends on (seed, epoch, batch, m) alone,
 * never on how many workers there are.
 */

/** Half-open range of integers [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Part `index` of `count` nearly equal, contiguous parts of 0 .. total-1. Parts may be empty when total < count. */
export function part(total: number, count: number, index: number): Range {
  return { start: Math.floor((index * total) / count), end: Math.floor(((index + 1) * total) / count) };
}

/**
 * Which microbatches each rank computes: contiguous ranges, as equal as possible, the first ranks one more. A pure
 * function, so that nobody has to be told.
 */
export function dealMicrobatches(microbatches: number, workers: number): readonly Range[] {
  const base = Math.floor(microbatches / workers);
  const extra = microbatches % workers;
  let start = 0;
  return Array.from({ length: workers }, (_, rank) => {
    const end = start + base + (rank < extra ? 1 : 0);
    const range = { start, end };
    start = end;
    return range;
  });
}
