import type { Optimizer } from './optimizer.ts';

/** Name of the averaged weights among the vectors of an optimizer. It names tensors in checkpoints: never rename it. */
export const AVERAGE = 'ema';

/**
 * The optimizer, and beside it a moving average of the weights that it makes: average = decay * average + (1 - decay) * weights.
 * It begins with the initial weights, which whoever makes those has to copy. So that these are soon forgotten, the decay climbs:
 * (1 + step) / (10 + step), until that is more than `decay`.
 */
export function withAverage(optimizer: Optimizer, decay: number): Optimizer {
  const own = optimizer.moments.length;
  return {
    moments: [...optimizer.moments, AVERAGE],
    apply(range, update) {
      optimizer.apply(range, update);
      const { current, next, step } = update;
      const [from, to] = [current.moments[own]!, next.moments[own]!];
      const keep = Math.min(decay, (1 + step) / (10 + step));
      const take = 1 - keep;
      const weights = next.parameters;
      // In float64 and rounded once: every worker computes the same.
      for (let i = range.start; i < range.end; i++) to[i] = keep * from[i]! + take * weights[i]!;
    },
  };
}
