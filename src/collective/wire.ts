import type { Range } from '../shared/plan/microbatches.ts';

/**
 * How floats travel. `bf16`: rounded to bfloat16, the nearest one, ties to even. Then every node of the tree of summation is
 * rounded, wherever it is added up, so that the sum is the same for every number of ranks, as with `f32`.
 */
export type WireType = 'f32' | 'bf16';

export const BYTES_PER_FLOAT: Readonly<Record<WireType, number>> = { f32: 4, bf16: 2 };

/** A part of the step vector that is reduced as one: floats [start, end), which travel as `wire` says. */
export interface ReduceBucket extends Range {
  readonly wire: WireType;
}

/** The buckets of a step vector. The last is its tail (counts, losses, statistics), which stays float32. */
export function bucketsOnWire(ranges: readonly Range[], wire: WireType): readonly ReduceBucket[] {
  return ranges.map((range, index) => ({ ...range, wire: index === ranges.length - 1 ? 'f32' : wire }));
}
