import { bufferLayout } from '../../shared/network/layout.ts';
import type { Network } from '../../shared/network/network.ts';
import type { Range } from '../../shared/plan/microbatches.ts';

/** Updates the running statistics of batch norm from a step's statistics. */
export class RunningStatistics {
  readonly #parts: readonly (Range & { readonly momentum: number; readonly frozen: boolean })[];

  constructor(network: Network) {
    const { spans } = bufferLayout(network);
    this.#parts = network.nodes.flatMap(({ layer }) => {
      if (layer.kind !== 'batchNorm') return [];
      return [layer.runningMean, layer.runningVariance].map((buffer) => {
        const { offset, size } = spans[buffer]!;
        return { start: offset, end: offset + size, momentum: layer.momentum, frozen: layer.frozen };
      });
    });
  }

  /**
   * next = (1 - momentum) * current + momentum * sums / samples, in float64 and rounded once: the same everywhere.
   * `sums` are statistics summed over samples, in the layout of the buffers. Frozen layers keep theirs.
   */
  update(current: Float32Array, sums: Float32Array, samples: number, next: Float32Array): void {
    for (const { start, end, momentum, frozen } of this.#parts) {
      if (frozen) {
        next.set(current.subarray(start, end), start);
        continue;
      }
      for (let i = start; i < end; i++) {
        next[i] = (1 - momentum) * current[i]! + momentum * (sums[i]! / samples);
      }
    }
  }
}
