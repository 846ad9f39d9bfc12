import { createHash } from 'node:crypto';
import type { Layout } from '../network/layout.ts';

/**
 * sha256 over the parameters as little-endian float32, in model order, without the padding between them: what tells
 * whether two replicas, or two runs, hold the same weights. (Node runs on little-endian machines, but for s390x, where
 * the engines do not.)
 */
export function weightsDigest(layout: Layout, parameters: Float32Array): string {
  return vectorsDigest(layout, [parameters]);
}

/** The same over several vectors of one layout, one after the other. */
export function vectorsDigest({ spans }: Layout, vectors: readonly Float32Array[]): string {
  return bytesDigest(
    vectors.flatMap(({ buffer, byteOffset }) =>
      spans.map(({ offset, size }) => new Uint8Array(buffer, byteOffset + 4 * offset, 4 * size)),
    ),
  );
}

/** sha256 over the bytes of tensors, one after the other. */
export function bytesDigest(tensors: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const bytes of tensors) hash.update(bytes);
  return hash.digest('hex');
}
