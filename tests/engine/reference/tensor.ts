import { sizeOf } from '../../../src/shared/network/layout.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';

/** A tensor in float64, of the plainest kind: what engines are compared with. */
export interface Tensor64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function zeros(shape: readonly number[]): Tensor64 {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/** Standard normal values that float32 can hold exactly. */
export function randomTensor(shape: readonly number[], seed: number, stream: number): Tensor64 {
  const random = new RandomStream(seed, STREAM.initialisation, stream, 1);
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())) };
}
