import type { Kernels } from '../../collective/kernels/kernels.ts';
import { addressesOf, type UpdateRule } from './optimizer.ts';

export interface SgdOptions {
  /** With momentum; how much of it is what the schedule says. */
  readonly moving: boolean;
  readonly dampening: number;
  readonly nesterov: boolean;
}

/** torch.optim.SGD */
export function sgd(options: SgdOptions, kernels: Kernels): UpdateRule {
  return options.moving ? withMomentum(options, kernels) : plain(kernels);
}

function plain(kernels: Kernels): UpdateRule {
  return {
    moments: [],
    apply(range, update, weightDecay) {
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

function withMomentum({ dampening, nesterov }: SgdOptions, kernels: Kernels): UpdateRule {
  return {
    moments: ['momentum_buffer'],
    apply(range, update, weightDecay) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate, momentum, step } = update;
      // PyTorch's buffer starts as the first gradient, undamped.
      const undamped = step === 0 ? 1 : 1 - dampening;
      kernels.calls.sgdMomentum(
        at(next.parameters),
        at(next.moments[0]!),
        at(current.parameters),
        at(current.moments[0]!),
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
