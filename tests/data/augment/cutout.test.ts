import { expect, test } from 'vitest';
import { cutout } from '../../../src/data/augment/cutout.ts';
import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import { apply, at } from './pictures.ts';

const SHAPE: ImageShape = [6, 7, 3];

function hiddenIn(pixels: Uint8Array): number[][] {
  const places: number[][] = [];
  for (let y = 0; y < 6; y++) {
    for (let x = 0; x < 7; x++) if (at(pixels, SHAPE, y, x).join() === '1,2,3') places.push([y, x]);
  }
  return places;
}

test.each([1, 2, 3])('a square of %i pixels a side around any pixel is hidden, and nothing else', (side) => {
  const picture = new Uint8Array(6 * 7 * 3).fill(200);
  const seen = new Set<string>();
  for (const pixels of apply(cutout(SHAPE, side, [1, 2, 3]), picture, 500)) {
    const places = hiddenIn(pixels);
    const rows = places.map(([y]) => y!);
    const columns = places.map(([, x]) => x!);
    const height = Math.max(...rows) - Math.min(...rows) + 1;
    const width = Math.max(...columns) - Math.min(...columns) + 1;
    expect(places).toHaveLength(height * width);
    // Cut off at a border, but never to nothing.
    expect(height === side || Math.min(...rows) === 0 || Math.max(...rows) === 5).toBe(true);
    expect(width === side || Math.min(...columns) === 0 || Math.max(...columns) === 6).toBe(true);
    expect(Math.max(height, width)).toBeLessThanOrEqual(side);
    expect(pixels.filter((value) => value === 200)).toHaveLength(3 * (42 - height * width));
    seen.add(`${Math.min(...rows)},${Math.max(...rows)},${Math.min(...columns)},${Math.max(...columns)}`);
  }
  expect(seen.size).toBe(6 * 7);
});
