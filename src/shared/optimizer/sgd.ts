import type { Kernels } from '../kernels/kernels.ts';
import { addressesOf, type Optimizer } from './optimizer.ts';

export interface SgdOptions {
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** torch.optim.SGD */
export function sgd(options: SgdOptions, kernels: Kernels): Optimizer {
  const { momentum, dampening, nesterov, weightDecay } = options;
  if (momentum === 0) {
    return {
      slots: [],
      apply(range, update) {
        const at = addressesOf(range);
        const { gradient, gradientScale, current, next, learningRate } = update;
        kernels.calls.sgd(
          at(next.parameters),
          at(current.parameters),
          at(gradient),
          range.end - range.start,
          gradientScale,
          weightDecay,
          learningRate,
        );
      },
    };
  }
  return {
    slots: ['momentum_buffer'],
    apply(range, update) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate, step } = update;
      // PyTorch's buffer starts as the first gradient, undamped.
      const undamped = step === 0 ? 1 : 1 - dampening;
      kernels.calls.sgdMomentum(
        at(next.parameters),
        at(next.slots[0]!),
        at(current.parameters),
        at(current.slots[0]!),
        at(gradient),
        range.end - range.start,
        gradientScale,
        weightDecay,
        learningRate,
        momentum,
        undamped,
        nesterov ? 1 : 0,
      );
    },
  };
}
