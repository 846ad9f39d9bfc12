import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import type { Operation } from '../../../src/data/augment/operation.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';

/** Every pixel of every channel its own value, as long as there are enough of them. */
export function counting([height, width, channels]: ImageShape, from = 1): Uint8Array {
  return Uint8Array.from({ length: height * width * channels }, (_, i) => (from + i) % 256);
}

export function noise([height, width, channels]: ImageShape, seed: number): Uint8Array {
  const random = new RandomStream(seed, STREAM.shuffle);
  return Uint8Array.from({ length: height * width * channels }, () => random.below(256));
}

/** What the operation makes of the picture, with `times` random streams. The target is dirty before each. */
export function apply(operation: Operation, picture: Uint8Array, times = 200): readonly Uint8Array[] {
  const before = Buffer.from(picture);
  return Array.from({ length: times }, (_, sample) => {
    const to = new Uint8Array(picture.length).fill(sample % 256);
    operation(picture, to, new RandomStream(1, STREAM.augmentation, 0, sample));
    if (!before.equals(picture)) throw new Error('the operation wrote to what it was given');
    return to;
  });
}

export function at(pixels: Uint8Array, [, width, channels]: ImageShape, y: number, x: number): number[] {
  const start = (y * width + x) * channels;
  return [...pixels.subarray(start, start + channels)];
}
