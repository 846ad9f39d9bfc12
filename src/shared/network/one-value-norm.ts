import type { Network } from './network.ts';

/**
 * The first batch norm that sees one value a channel where a microbatch has one sample: its own mean is then all there is,
 * what it passes on is 0 whatever the image, and its unbiased variance is of 0 / 0. Frozen ones use their running statistics.
 * Null: there is none.
 */
export function oneValueNorm({ nodes }: Network): string | null {
  const norm = nodes.find(({ layer, shape }) => layer.kind === 'batchNorm' && !layer.frozen && pixelsOf(shape) === 1);
  return norm?.name ?? null;
}

function pixelsOf(shape: readonly number[]): number {
  return shape.slice(0, -1).reduce((product, size) => product * size, 1);
}
