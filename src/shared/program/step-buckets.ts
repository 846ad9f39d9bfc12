import type { StepVectorLayout } from '../network/layout.ts';
import type { Network } from '../network/network.ts';
import type { Range } from '../plan/microbatches.ts';
import { planBuckets } from './buckets.ts';
import { trainingProgram } from './build.ts';

/**
 * Floats of gradient that leave together: 4 MiB. Smaller buckets cut the engine's graph into more parts and gain no overlap,
 * as the all-reduce cuts what it sends into chunks anyway; larger ones are waited for (docs/performance.md has figures).
 */
const BUCKET_FLOATS = 2 ** 20;

export interface StepBuckets {
  /** For the engine: the parameters of each bucket of gradients. */
  readonly parameters: readonly (readonly number[])[];
  /** For the all-reduce: the float ranges of the same buckets, then that of the tail. */
  readonly ranges: readonly Range[];
}

/**
 * How the step vector is cut. Workers and the hub of a star must all cut alike, so this follows from the job alone:
 * `largest` is the largest microbatch of the plan, lest it depend on which comes first.
 */
export function stepBuckets(
  network: Network,
  layout: StepVectorLayout,
  largest: number,
  labelSmoothing: number,
): StepBuckets {
  const program = trainingProgram(network, largest, { labelSmoothing });
  const { parameters, ranges } = planBuckets(program, layout, BUCKET_FLOATS);
  return { parameters, ranges: [...ranges, { start: layout.statistics, end: layout.length }] };
}
