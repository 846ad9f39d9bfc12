import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealMicrobatches, part } from '../../../src/shared/plan/microbatches.ts';

describe('part', () => {
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
