import type { Kernels } from '../kernels/kernels.ts';
import { addressesOf, type Optimizer } from './optimizer.ts';

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** torch.optim.Adam */
export function adam(options: AdamOptions, kernels: Kernels): Optimizer {
  const { beta1, beta2, epsilon, weightDecay } = options;
  return {
    slots: ['exp_avg', 'exp_avg_sq'],
    apply(range, update) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate, step } = update;
      // In float64 and rounded once: every worker computes the same.
      const stepSize = learningRate / (1 - beta1 ** (step + 1));
      const correction = Math.sqrt(1 - beta2 ** (step + 1));
      kernels.calls.adam(
        at(next.parameters),
        at(next.slots[0]!),
        at(next.slots[1]!),
        at(current.parameters),
        at(current.slots[0]!),
        at(current.slots[1]!),
        at(gradient),
        range.end - range.start,
        gradientScale,
        weightDecay,
        stepSize,
        1 - beta1,
        beta2,
        1 - beta2,
        correction,
        epsilon,
      );
    },
  };
}
