import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histogramOf } from '../../../src/coordinator/tensorboard/histogram.ts';

const values = fc
  .array(fc.oneof(fc.float(), fc.float({ min: -2, max: 2 }), fc.constantFrom(0, -0, 1, -1, 2 ** -40, -(2 ** -40))))
  .map((list) => Float32Array.from(list));

it('every finite value is counted, in the bucket between whose limits it lies', () => {
  fc.assert(
    fc.property(values, (all) => {
      const finite = [...all].filter(Number.isFinite);
      const histogram = histogramOf(all);
      if (finite.length === 0) {
        expect(histogram).toBeNull();
        return;
      }
      const { limits, buckets } = histogram!;
      const expected = new Array<number>(limits.length).fill(0);
      // A positive limit belongs to the bucket above it, a negative one to the bucket that it ends.
      for (const value of finite) {
        expected[limits.findIndex((limit) => (limit > 0 ? value < limit : value <= limit))]!++;
      }
      expect(buckets).toEqual(expected);
      expect(buckets.reduce((sum, count) => sum + count, 0)).toBe(finite.length);
      expect(limits).toEqual(limits.toSorted((a, b) => a - b));
      expect(histogram).toMatchObject({
        count: finite.length,
        sum: finite.reduce((a, b) => a + b, 0),
        sumOfSquares: finite.reduce((a, b) => a + b * b, 0),
      });
      // Which of two zeros is the smaller one is nobody's business.
      expect(histogram!.min + 0).toBe(Math.min(...finite) + 0);
      expect(histogram!.max + 0).toBe(Math.max(...finite) + 0);
    }),
  );
});

it('a bucket is no wider than an eighth of what is in it, and no run of empty ones is written', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: Math.fround(1e-6), max: 1000, noNaN: true }), { minLength: 1 }), (list) => {
      const { limits, buckets } = histogramOf(Float32Array.from(list))!;
      buckets.forEach((count, index) => {
        if (count > 0) expect(limits[index]! / limits[index - 1]!).toBeLessThanOrEqual(9 / 8);
        else expect(buckets[index + 1]).toBeGreaterThan(0);
      });
    }),
  );
});

it('zeros are one bucket around zero, and what is not finite is left out', () => {
  const histogram = histogramOf(Float32Array.of(0, -0, 0, Number.NaN, Number.POSITIVE_INFINITY));
  expect(histogram).toEqual({
    min: 0,
    max: 0,
    count: 3,
    sum: 0,
    sumOfSquares: 0,
    limits: [-(2 ** -40), 2 ** -40],
    buckets: [0, 3],
  });
  expect(histogramOf(Float32Array.of(Number.NaN))).toBeNull();
});
