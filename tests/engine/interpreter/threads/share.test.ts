import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shareOf } from '../../../../src/engine/interpreter/threads/share.ts';

it('parts follow each other, cover everything once and begin at whole units', () => {
  const positive = (max: number) => fc.integer({ min: 1, max });
  fc.assert(
    fc.property(fc.nat(200), positive(16), positive(9), (items, unit, parts) => {
      let next = 0;
      for (let part = 0; part < parts; part++) {
        const { first, count } = shareOf(items, unit, part, parts);
        expect(first).toBe(next);
        if (count > 0) expect(first % unit).toBe(0);
        next = first + count;
      }
      expect(next).toBe(items);
    }),
  );
});

it('the largest part has at most one unit more than the smallest', () => {
  const counts = [0, 1, 2, 3].map((part) => shareOf(72, 8, part, 4).count);
  expect(Math.max(...counts) - Math.min(...counts)).toBe(8);
});
