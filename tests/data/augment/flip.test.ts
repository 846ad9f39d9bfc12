import { describe, expect, test } from 'vitest';
import { flip } from '../../../src/data/augment/flip.ts';
import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import { apply, at, counting } from './pictures.ts';

describe.each([[[3, 5, 3]], [[4, 4, 1]], [[1, 1, 3]]] as [ImageShape][])('flipping %j', (shape) => {
  const picture = counting(shape);
  const mirrored = new Uint8Array(picture.length);
  for (let y = 0; y < shape[0]; y++) {
    for (let x = 0; x < shape[1]; x++) {
      mirrored.set(at(picture, shape, y, shape[1] - 1 - x), (y * shape[1] + x) * shape[2]);
    }
  }

  test('gives the image or its mirror image', () => {
    const results = apply(flip(shape), picture).map((pixels) => pixels.join());
    expect(new Set(results)).toEqual(new Set([picture.join(), mirrored.join()]));
  });
});

test('half of the images are flipped', () => {
  const picture = counting([1, 2, 1]);
  const flipped = apply(flip([1, 2, 1]), picture, 2000).filter(([first]) => first !== picture[0]).length;
  expect(flipped).toBeGreaterThan(900);
  expect(flipped).toBeLessThan(1100);
});
