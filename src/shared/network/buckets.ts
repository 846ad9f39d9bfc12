import type { Range } from '../plan/microbatches.ts';
import type { StepVectorLayout } from './layout.ts';
import type { Network } from './network.ts';

/**
 * Floats of gradient that leave together: 4 MiB. Smaller buckets cut the engine's graph into more parts and gain no overlap,
 * as the all-reduce cuts what it sends into chunks anyway; larger ones are waited for (docs/performance.md has figures).
 */
const BUCKET_FLOATS = 2 ** 20;

export interface StepBuckets {
  /** For the engine: indexes of the parameters of each bucket, last layer first, each in exactly one bucket. */
  readonly parameters: readonly (readonly number[])[];
  /** For the all-reduce: the float ranges of the same buckets, then that of the tail. */
  readonly ranges: readonly Range[];
}

/** How the step vector is cut. Workers and the hub of a star must all cut alike, so this follows from the network alone. */
export function stepBuckets(network: Network, layout: StepVectorLayout): StepBuckets {
  const { parameters, ranges } = planBuckets(network, layout, BUCKET_FLOATS);
  return { parameters, ranges: [...ranges, { start: layout.statistics, end: layout.length }] };
}

/**
 * Cuts the parameters into contiguous buckets of at least `targetFloats` floats each (but for the one that leaves
 * last), starting from the last parameter, whose gradient is usually ready first. The ranges cover all parameters but frozen
 * ones, without the tail.
 *
 * A bucket ends only where that does not make it wait for more of backward: scale and offset of a batch norm, whose gradients
 * one operation gives, stay together (a convolution's filter stands alone). Frozen parameters have no gradient: nothing of
 * theirs travels, and a bucket ends where one begins.
 */
export function planBuckets(network: Network, layout: StepVectorLayout, targetFloats: number): StepBuckets {
  const { spans, length } = layout.parameters;
  const readyWithNext = readyWithTheNext(network);
  const isLearned = (index: number): boolean => network.parameters[index]?.frozen === false;
  const parameters: number[][] = [];
  const ranges: Range[] = [];
  let bucket: number[] = [];
  let end = length;
  for (let index = spans.length - 1; index >= 0; index--) {
    const start = spans[index]!.offset;
    if (isLearned(index)) {
      bucket.push(index);
      const full = end - start >= targetFloats && !readyWithNext.has(index - 1);
      if (isLearned(index - 1) && !full) continue;
      parameters.push(bucket);
      ranges.push({ start, end });
      bucket = [];
    }
    end = start;
  }
  return { parameters, ranges };
}

/** Parameters whose gradient comes out of the same operation as that of the parameter after them. */
function readyWithTheNext({ nodes }: Network): ReadonlySet<number> {
  const pairs = nodes.flatMap(({ layer }) =>
    layer.kind === 'batchNorm' ? [[layer.scale, layer.offset] as const] : [],
  );
  return new Set(pairs.filter(([scale, offset]) => offset === scale + 1).map(([scale]) => scale));
}
