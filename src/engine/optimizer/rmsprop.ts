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
  const moments = ['square_avg', ...(centred ? ['grad_avg'] : []), ...(moving ? ['momentum_buffer'] : [])];
  const mean = moments.indexOf('grad_avg');
  const velocity = moments.indexOf('momentum_buffer');
  return {
    moments,
    apply(range, update, weightDecay) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate, momentum } = update;
      // 0 tells the kernel that there is no such vector.
      const moment = (vectors: readonly Float32Array[], index: number) => (index < 0 ? 0 : at(vectors[index]!));
      kernels.calls.rmsprop({
        toParameters: at(next.parameters),
        toSquares: moment(next.moments, 0),
        toMeans: moment(next.moments, mean),
        toVelocities: moment(next.moments, velocity),
        parameters: at(current.parameters),
        squares: moment(current.moments, 0),
        means: moment(current.moments, mean),
        velocities: moment(current.moments, velocity),
        gradients: at(gradient),
        count: range.end - range.start,
        gradientScale,
        weightDecay,
        rate: learningRate,
        alpha,
        oneMinusAlpha: 1 - alpha,
        epsilon,
        momentum,
      });
    },
  };
}
