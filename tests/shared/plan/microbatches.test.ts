import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealMicrobatches, part } from '../../../src/shared/plan/microbatches.ts';

describe('part', () => {
  // Written out: which samples make up a microbatch decides the weights.
  it.each([
    [10, 4, '0 2 5 7 10'],
    [7, 3, '0 2 4 7'],
    [8, 3, '0 2 5 8'],
    [22, 4, '0 5 11 16 22'],
    [3, 5, '0 0 1 1 2 3'],
    [128, 6, '0 21 42 64 85 106 128'],
    [1, 1, '0 1'],
    [0, 2, '0 0 0'],
  ])('cuts %i into %i at %s', (total, count, bounds) => {
    const parts = Array.from({ length: count }, (_, index) => part(total, count, index));
    expect([0, ...parts.map(({ end }) => end)].join(' ')).toBe(bounds);
    expect(parts.map(({ start }) => start).join(' ')).toBe(bounds.split(' ').slice(0, -1).join(' '));
  });

  it('cuts a total into contiguous parts that differ by at most one', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 70 }), (total, count) => {
        const parts = Array.from({ length: count }, (_, index) => part(total, count, index));
        let end = 0;
        for (const range of parts) {
          expect(range.start).toBe(end);
          end = range.end;
        }
        expect(end).toBe(total);
        const sizes = parts.map((range) => range.end - range.start);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('dealMicrobatches', () => {
  // Written out: nobody is told, so every version that takes part in a run must deal alike.
  it.each([
    [1, 1, '0-1'],
    [7, 3, '0-3 3-5 5-7'],
    [8, 3, '0-3 3-6 6-8'],
    [6, 4, '0-2 2-4 4-5 5-6'],
    [17, 5, '0-4 4-8 8-11 11-14 14-17'],
    [2, 4, '0-1 1-2 2-2 2-2'],
    [16, 8, '0-2 2-4 4-6 6-8 8-10 10-12 12-14 14-16'],
  ])('deals %i to %i as %s', (microbatches, workers, dealt) => {
    const ranges = dealMicrobatches(microbatches, workers).map(({ start, end }) => `${start}-${end}`);
    expect(ranges.join(' ')).toBe(dealt);
  });

  it('gives every microbatch to exactly one rank, as equally as possible', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 20 }), (microbatches, workers) => {
        const ranges = dealMicrobatches(microbatches, workers);
        const held = ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
        expect(held).toEqual(Array.from({ length: microbatches }, (_, i) => i));
        const sizes = ranges.map((range) => range.end - range.start);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
