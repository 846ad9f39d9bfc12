import { createHash } from 'node:crypto';
import type { Layout } from '../network/layout.ts';
import { vectorsDigest, weightsDigest } from './weights-digest.ts';

/** A digest for each part of what training changes, so that a difference can say where it is. */
export interface StateDigests {
  readonly weights: string;
  /** The digest of the running statistics. */
  readonly statistics: string;
  /** Of all vectors of the optimizer, in the order of its moments. */
  readonly optimizer: string;
}

export function stateDigests(
  layout: { readonly parameters: Layout; readonly buffers: Layout },
  vectors: {
    readonly parameters: Float32Array;
    readonly buffers: Float32Array;
    readonly optimizer: readonly Float32Array[];
  },
): StateDigests {
  return {
    weights: weightsDigest(layout.parameters, vectors.parameters),
    statistics: vectorsDigest(layout.buffers, [vectors.buffers]),
    optimizer: vectorsDigest(layout.parameters, vectors.optimizer),
  };
}

/** One digest for the whole state: sha256 over the hexadecimal digits of the three, one after the other. */
export function stateDigest({ weights, statistics, optimizer }: StateDigests): string {
  return createHash('sha256').update(`${weights}${statistics}${optimizer}`).digest('hex');
}
