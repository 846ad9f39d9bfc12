import { expect, test } from 'vitest';
import { paddedCrop } from '../../../src/data/augment/padded-crop.ts';
import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import { apply, at, counting } from './pictures.ts';

/** By definition: pad, then cut out. */
function cropped(picture: Uint8Array, shape: ImageShape, padding: number, top: number, left: number): string {
  const [height, width, channels] = shape;
  const pixels: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [row, column] = [y + top - padding, x + left - padding];
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      pixels.push(...(inside ? at(picture, shape, row, column) : Array<number>(channels).fill(0)));
    }
  }
  return pixels.join();
}

test.each([
  [[4, 3, 3], 1],
  [[3, 5, 1], 2],
  [[2, 2, 3], 3],
] as [ImageShape, number][])(
  '%j padded by %i and cropped comes out in every place, and in no other way',
  (shape, padding) => {
    const picture = counting(shape);
    const places = Array.from({ length: 2 * padding + 1 }, (_, place) => place);
    const expected = new Set(
      places.flatMap((top) => places.map((left) => cropped(picture, shape, padding, top, left))),
    );
    const results = apply(paddedCrop(shape, padding), picture, 1000).map((pixels) => pixels.join());
    expect(new Set(results)).toEqual(expected);
  },
);
