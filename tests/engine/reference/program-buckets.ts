import type { StepVectorLayout } from '../../../src/shared/network/layout.ts';
import type { Range } from '../../../src/shared/plan/microbatches.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';

export interface BucketPlan {
  /** Indexes of parameters: last layer first, each in exactly one bucket. */
  readonly parameters: readonly (readonly number[])[];
  /** The float range of the step vector that each bucket covers; together they cover all parameters but frozen ones. */
  readonly ranges: readonly Range[];
}

/** Buckets as the program itself says when gradients are ready: what `planBuckets` must come to from the network alone. */
export function bucketsOfProgram(program: StepProgram, layout: StepVectorLayout, targetFloats: number): BucketPlan {
  const { spans, length } = layout.parameters;
  const ready = new Map(program.gradients.map(({ parameter, readyAfter }) => [parameter, readyAfter]));
  const parameters: number[][] = [];
  const ranges: Range[] = [];
  let bucket: number[] = [];
  let end = length;
  for (let index = spans.length - 1; index >= 0; index--) {
    const start = spans[index]!.offset;
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
