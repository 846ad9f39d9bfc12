import type { ReduceBucket } from '../../../collective/wire.ts';
import { dealMicrobatches } from '../../../shared/plan/microbatches.ts';
import type { RankConfig } from './messages.ts';

/** What the links of a run show each other. */
export const KEY = 'bench';
/** Buckets end on whole blocks of the kernels. */
const BLOCK = 16;

/**
 * One contribution a rank. Bucket 0 is a barrier, a block for each rank: its sum is there when all ranks are. Behind it
 * comes what is measured, `start` to `end` of the step vector, as one bucket or several.
 */
export function groupOf({
  ranks,
  floats,
  bucketFloats,
  wire,
}: Pick<RankConfig, 'ranks' | 'floats' | 'bucketFloats' | 'wire'>) {
  const start = ranks * BLOCK;
  const end = start + wholeBlocks(floats);
  const longest = wholeBlocks(bucketFloats ?? floats);
  const buckets: ReduceBucket[] = [{ start: 0, end: start, wire }];
  for (let at = start; at < end; at += longest) buckets.push({ start: at, end: Math.min(at + longest, end), wire });
  return { generation: 1, firstStep: 0, ranks, leaves: ranks, held: dealMicrobatches(ranks, ranks), buckets };
}

function wholeBlocks(floats: number): number {
  return Math.ceil(floats / BLOCK) * BLOCK;
}
