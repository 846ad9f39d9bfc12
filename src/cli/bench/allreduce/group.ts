import { dealMicrobatches } from '../../../shared/plan/microbatches.ts';
import type { RankConfig } from './messages.ts';

/** What the links of a run show each other. */
export const KEY = 'bench';
/** Buckets end on whole blocks of the kernels. */
const BLOCK = 16;

/** One bucket, one contribution a rank. */
export function groupOf({ ranks, floats, wire }: Pick<RankConfig, 'ranks' | 'floats' | 'wire'>) {
  const bucket = { start: 0, end: Math.ceil(floats / BLOCK) * BLOCK, wire };
  return {
    generation: 1,
    firstStep: 0,
    ranks,
    leaves: ranks,
    held: dealMicrobatches(ranks, ranks),
    buckets: [bucket],
  };
}
