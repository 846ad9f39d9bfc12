import { describe, expect, test } from 'vitest';
import { resizedCrop } from '../../../src/data/augment/resized-crop.ts';
import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import { apply, at, noise } from './pictures.ts';

/** Red grows from left to right, green from top to bottom: a pixel says where it comes from. */
function ramp([height, width]: ImageShape): Uint8Array {
  const pixels = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set([STEP * x, STEP * y, 77], 3 * (y * width + x));
  }
  return pixels;
}

const SHAPE: ImageShape = [50, 60, 3];
/** From one pixel of the ramp to the next: as many as there are colours. */
const STEP = 4;

/** Sides of the part that was taken, as shares of the image's, read from the colours of an enlarged ramp. */
function partOf(pixels: Uint8Array): { readonly wide: number; readonly high: number } {
  const [left, right] = [at(pixels, SHAPE, 25, 15)[0]!, at(pixels, SHAPE, 25, 45)[0]!];
  const [top, bottom] = [at(pixels, SHAPE, 12, 30)[1]!, at(pixels, SHAPE, 37, 30)[1]!];
  return { wide: (right - left) / (30 * STEP), high: (bottom - top) / (25 * STEP) };
}

describe('a part, enlarged,', () => {
  test.each([0.1, 0.5, 0.9])('has at least its share of the area (%d) and about the shape of the image', (share) => {
    const parts = apply(resizedCrop(SHAPE, share), ramp(SHAPE), 300).map(partOf);
    const areas = parts.map(({ wide, high }) => wide * high);
    const shapes = parts.map(({ wide, high }) => wide / high);
    // The colours of two pixels are rounded to one part in 120.
    expect(Math.min(...areas)).toBeGreaterThan(share * 0.9 - 0.03);
    expect(Math.min(...areas)).toBeLessThan(share + 0.1 * (1 - share) + 0.03);
    expect(Math.max(...areas)).toBeGreaterThan(share + 0.8 * (1 - share));
    expect(Math.max(...shapes)).toBeLessThan(1.45);
    expect(Math.min(...shapes)).toBeGreaterThan(1 / 1.45);
    if (share < 0.6) expect(Math.max(...shapes) / Math.min(...shapes)).toBeGreaterThan(1.5);
  });

  test('lies anywhere in the image, and never beyond it', () => {
    const corners = apply(resizedCrop(SHAPE, 0.25), ramp(SHAPE), 300).map((pixels) => [
      at(pixels, SHAPE, 0, 0),
      at(pixels, SHAPE, 49, 59),
    ]);
    expect(Math.min(...corners.map(([first]) => first![0]!))).toBeLessThan(20);
    expect(Math.max(...corners.map(([, last]) => last![0]!))).toBeGreaterThan(218);
    for (const corner of corners.flat()) {
      expect(corner[0]).toBeLessThanOrEqual(STEP * 59);
      expect(corner[1]).toBeLessThanOrEqual(STEP * 49);
      expect(corner[2]).toBe(77);
    }
  });

  test('of one colour stays so; of any other, no value leaves the range of its surroundings', () => {
    for (const value of [0, 1, 128, 255]) {
      for (const pixels of apply(resizedCrop([7, 5, 1], 0.2), new Uint8Array(35).fill(value), 50)) {
        expect(new Set(pixels)).toEqual(new Set([value]));
      }
    }
    const picture = noise([9, 9, 3], 1).map((value) => 50 + (value % 100));
    for (const pixels of apply(resizedCrop([9, 9, 3], 0.2), picture, 50)) {
      expect(Math.min(...pixels)).toBeGreaterThanOrEqual(Math.min(...picture));
      expect(Math.max(...pixels)).toBeLessThanOrEqual(Math.max(...picture));
    }
  });

  test('of one pixel is that pixel', () => {
    for (const pixels of apply(resizedCrop([1, 1, 3], 0.5), Uint8Array.of(1, 2, 3), 5)) {
      expect([...pixels]).toEqual([1, 2, 3]);
    }
  });
});
