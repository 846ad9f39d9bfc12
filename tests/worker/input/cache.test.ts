import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ImageCache } from '../../../src/worker/input/cache.ts';

const BYTES = 6;
const image = (index: number) => Uint8Array.from({ length: BYTES }, (_, i) => (index * 11 + i) % 256);

test('what is kept is what was put, and never more than the budget', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.array(fc.nat(29), { maxLength: 80 }), (budgetBytes, puts) => {
      const cache = new ImageCache({ sampleBytes: BYTES, budgetBytes, samples: { train: 30, validation: 3 } });
      for (const index of puts) expect([...cache.put('train', index, image(index))]).toEqual([...image(index)]);
      const kept = [...new Set(puts)].filter((index) => cache.has('train', index));
      // The first ones that came.
      expect(kept).toEqual([...new Set(puts)].slice(0, Math.floor(budgetBytes / BYTES)));
      for (const index of kept) expect([...cache.get('train', index)!]).toEqual([...image(index)]);
      expect(cache.get('validation', 0)).toBeNull();
    }),
  );
});

test('a kept image is a copy: what came in may change', () => {
  const cache = new ImageCache({ sampleBytes: BYTES, budgetBytes: 1000, samples: { train: 2, validation: 0 } });
  const pixels = image(1);
  cache.put('train', 1, pixels);
  pixels.fill(0);
  expect([...cache.get('train', 1)!]).toEqual([...image(1)]);
});

test('it says whether all have room, to the byte', () => {
  const holdsAll = (budgetBytes: number) =>
    new ImageCache({ sampleBytes: BYTES, budgetBytes, samples: { train: 7, validation: 3 } }).holdsAll;
  expect(holdsAll(60)).toBe(true);
  expect(holdsAll(59)).toBe(false);
  expect(holdsAll(0)).toBe(false);
});

test('images larger than a slab are kept, too', () => {
  const sampleBytes = 5 * 2 ** 20;
  const cache = new ImageCache({ sampleBytes, budgetBytes: 2 * sampleBytes, samples: { train: 3, validation: 0 } });
  for (const index of [0, 1, 2]) cache.put('train', index, new Uint8Array(sampleBytes).fill(index + 1));
  expect([0, 1, 2].map((index) => cache.get('train', index)?.at(-1) ?? null)).toEqual([1, 2, null]);
});
