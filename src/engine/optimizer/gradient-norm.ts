import type { Kernels } from '../../collective/kernels/kernels.ts';
import type { Layout } from '../../shared/network/layout.ts';
import { addressesOf } from './optimizer.ts';

/**
 * The norm of a step's whole gradient. Squares are summed in float64, tensor by tensor as their sums arrive, and the
 * tensors' sums in model order: the same bits however the vector is cut into buckets.
 */
export class GradientNorm {
  readonly #layout: Layout;
  readonly #kernels: Kernels;
  /** Of each parameter's gradient. Every step writes all, but for those of frozen parameters, which stay zero. */
  readonly #squares: Float64Array;

  constructor(layout: Layout, kernels: Kernels) {
    this.#layout = layout;
    this.#kernels = kernels;
    this.#squares = new Float64Array(layout.spans.length);
  }

  /** The gradients of `parameters` (indexes) are in `gradient`, a vector in the kernels' memory. */
  add(parameters: readonly number[], gradient: Float32Array): void {
    for (const index of parameters) {
      const { offset, size } = this.#layout.spans[index]!;
      const from = addressesOf({ start: offset, end: offset + size })(gradient);
      this.#squares[index] = this.#kernels.calls.sumOfSquares({ from, count: size });
    }
  }

  /** Of the gradients that were added last for each parameter, times `scale`. */
  norm(scale: number): number {
    return scale * Math.sqrt(this.#squares.reduce((sum, square) => sum + square, 0));
  }
}

/** What torch.nn.utils.clip_grad_norm_ multiplies gradients of `norm` by. */
export function clipFactor(norm: number, limit: number): number {
  const factor = limit / (norm + 1e-6);
  // So that a norm that is no number makes the factor none, too: a broken gradient must not pass for a small one.
  return factor < 1 || Number.isNaN(factor) ? factor : 1;
}
