import type { Kernels } from '../kernels/kernels.ts';
import { addressesOf, type Optimizer } from './optimizer.ts';

export interface RmspropOptions {
  readonly alpha: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly centred: boolean;
  readonly weightDecay: number;
}

/** torch.optim.RMSprop */
export function rmsprop(options: RmspropOptions, kernels: Kernels): Optimizer {
  const { alpha, epsilon, momentum, centred, weightDecay } = options;
  const slots = ['square_avg', ...(centred ? ['grad_avg'] : []), ...(momentum > 0 ? ['momentum_buffer'] : [])];
  const mean = slots.indexOf('grad_avg');
  const velocity = slots.indexOf('momentum_buffer');
  return {
    slots,
    apply(range, update) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate } = update;
      // 0 tells the kernel that there is no such vector.
      const slot = (vectors: readonly Float32Array[], index: number) => (index < 0 ? 0 : at(vectors[index]!));
      kernels.calls.rmsprop(
        at(next.parameters),
        slot(next.slots, 0),
        slot(next.slots, mean),
        slot(next.slots, velocity),
        at(current.parameters),
        slot(current.slots, 0),
        slot(current.slots, mean),
        slot(current.slots, velocity),
        at(gradient),
        range.end - range.start,
        gradientScale,
        weightDecay,
        learningRate,
        alpha,
        1 - alpha,
        epsilon,
        momentum,
      );
    },
  };
}
