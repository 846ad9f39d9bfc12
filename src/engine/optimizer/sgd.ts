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
      kernels.calls.sgd({
        toParameters: at(next.parameters),
        parameters: at(current.parameters),
        gradients: at(gradient),
        count: range.end - range.start,
        gradientScale,
        weightDecay,
        rate: learningRate,
      });
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
      kernels.calls.sgdMomentum({
        toParameters: at(next.parameters),
        toVelocities: at(next.moments[0]!),
        parameters: at(current.parameters),
        velocities: at(current.moments[0]!),
        gradients: at(gradient),
        count: range.end - range.start,
        gradientScale,
        weightDecay,
        rate: learningRate,
        momentum,
        undamped,
        nesterov: nesterov ? 1 : 0,
      });
    },
  };
}
