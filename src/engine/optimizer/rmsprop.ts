import type { Kernels } from '../../collective/kernels/kernels.ts';
import { addressesOf, type UpdateRule } from './optimizer.ts';

export interface RmspropOptions {
  readonly alpha: number;
  readonly epsilon: number;
  /** With momentum; how much of it is what the schedule says. */
  readonly moving: boolean;
  readonly centred: boolean;
}

/** torch.optim.RMSprop */
export function rmsprop(options: RmspropOptions, kernels: Kernels): UpdateRule {
  const { alpha, epsilon, moving, centred } = options;
  const slots = ['square_avg', ...(centred ? ['grad_avg'] : []), ...(moving ? ['momentum_buffer'] : [])];
  const mean = slots.indexOf('grad_avg');
  const velocity = slots.indexOf('momentum_buffer');
  return {
    slots,
    apply(range, update, weightDecay) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate, momentum } = update;
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
