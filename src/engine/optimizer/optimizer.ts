import type { Range } from '../../shared/plan/microbatches.ts';

/** Flat vectors in parameter layout: views of the memory that the kernels run on. */
export interface OptimizerVectors {
  readonly parameters: Float32Array;
  /** One per name in `Optimizer.moments`. Zero before the first step. */
  readonly moments: readonly Float32Array[];
}

interface OptimizerUpdate {
  /** Sum of the gradients over the samples of the global batch. */
  readonly gradient: Float32Array;
  /** What makes it the mean, taken once: `gradientScale(samples)`, times `clipFactor` where gradients are clipped. */
  readonly gradientScale: number;
  readonly current: OptimizerVectors;
  readonly next: OptimizerVectors;
  /** From 0: how many steps were committed before. */
  readonly step: number;
  readonly learningRate: number;
  /** What the schedule says of momentum, or of beta1. */
  readonly momentum: number;
}

/**
 * A rule that makes the next parameters and state out of the current ones. Element by element, so that ranges may be
 * updated in any order, each as soon as its gradient is there.
 */
export interface UpdateRule {
  /** Names of the state vectors, as PyTorch calls them. They name tensors in checkpoints: never rename one. */
  readonly moments: readonly string[];
  /** `range` is in floats. */
  apply(range: Range, update: OptimizerUpdate, weightDecay: number): void;
}

/** A rule that knows which parameters decay. */
export interface Optimizer {
  readonly moments: UpdateRule['moments'];
  apply(range: Range, update: OptimizerUpdate): void;
}

export function gradientScale(samples: number): number {
  if (!(samples > 0)) throw new RangeError(`a step of ${samples} samples has no mean gradient`);
  return Math.fround(1 / samples);
}

/** Addresses in the kernels' memory of `range` in a vector; refuses a vector that does not hold the range. */
export function addressesOf(range: Range): (vector: Float32Array) => number {
  return (vector) => {
    if (range.start < 0 || range.end < range.start || range.end > vector.length) {
      throw new RangeError(`floats ${range.start} to ${range.end} do not lie in a vector of ${vector.length}`);
    }
    return vector.byteOffset + range.start * Float32Array.BYTES_PER_ELEMENT;
  };
}
