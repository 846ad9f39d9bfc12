import type { Kernels } from '../../collective/kernels/kernels.ts';
import { addressesOf, type UpdateRule } from './optimizer.ts';

export interface AdamOptions {
  readonly beta2: number;
  readonly epsilon: number;
  /** AdamW: weight decay shrinks the weights, apart from the gradient and its moments. */
  readonly decoupled: boolean;
}

/** torch.optim.Adam and AdamW. beta1 is what the schedule says of momentum. */
export function adam(options: AdamOptions, kernels: Kernels): UpdateRule {
  const { beta2, epsilon, decoupled } = options;
  return {
    moments: ['exp_avg', 'exp_avg_sq'],
    apply(range, update, weightDecay) {
      const at = addressesOf(range);
      const { gradient, gradientScale, current, next, learningRate, momentum: beta1, step } = update;
      // In float64 and rounded once: every worker computes the same.
      const stepSize = learningRate / (1 - beta1 ** (step + 1));
      const correction = Math.sqrt(1 - beta2 ** (step + 1));
      kernels.calls.adam({
        toParameters: at(next.parameters),
        toMeans: at(next.moments[0]!),
        toSquares: at(next.moments[1]!),
        parameters: at(current.parameters),
        means: at(current.moments[0]!),
        squares: at(current.moments[1]!),
        gradients: at(gradient),
        count: range.end - range.start,
        gradientScale,
        weightDecay: decoupled ? 0 : weightDecay,
        stepSize,
        oneMinusBeta1: 1 - beta1,
        beta2,
        oneMinusBeta2: 1 - beta2,
        correction,
        epsilon,
        shrink: decoupled ? 1 - learningRate * weightDecay : 1,
      });
    },
  };
}
