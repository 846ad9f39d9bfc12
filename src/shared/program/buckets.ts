import type { StepVectorLayout } from '../network/layout.ts';
import type { Range } from '../plan/microbatches.ts';
import type { StepProgram } from './program.ts';

export interface BucketPlan {
  /** Indexes of parameters: last layer first, each in exactly one bucket. */
  readonly parameters: readonly (readonly number[])[];
  /** The float range of the step vector that each bucket covers; together they cover all parameters but frozen ones. */
  readonly ranges: readonly Range[];
}

/**
 * Cuts the parameters into contiguous buckets of at least `targetFloats` floats each (but for the one that leaves
 * last), starting from the last parameter, whose gradient is usually ready first.
 *
 * A bucket ends only where that does not make it wait for more of backward: parameters that become ready at the same
 * operation (a convolution's filter stands alone, but batch norm's scale and offset come together) stay together. Frozen
 * parameters have no gradient: nothing of theirs travels, and a bucket ends where one begins.
 */
export function planBuckets(program: StepProgram, layout: StepVectorLayout, targetFloats: number): BucketPlan {
  const { slots, length } = layout.parameters;
  const ready = new Map(program.gradients.map(({ parameter, readyAfter }) => [parameter, readyAfter]));
  const parameters: number[][] = [];
  const ranges: Range[] = [];
  let bucket: number[] = [];
  let end = length;
  for (let index = slots.length - 1; index >= 0; index--) {
    const start = slots[index]!.offset;
    const due = ready.get(index);
    if (due !== undefined) {
      bucket.push(index);
      const below = ready.get(index - 1);
      if (below !== undefined && (end - start < targetFloats || below === due)) continue;
      parameters.push(bucket);
      ranges.push({ start, end });
      bucket = [];
    }
    end = start;
  }
  return { parameters, ranges };
}
