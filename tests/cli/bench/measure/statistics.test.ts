import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, quantile, spreadOf, sum } from '../../../../src/cli/bench/measure/statistics.ts';

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('statistics', () => {
  test('the median is in the middle, or between the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test('quantiles lie between the values, in order, whatever the order of the values', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const value = quantile(values, share);
        expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
        expect(quantile(values.toReversed(), share)).toBe(value);
        const { min, median: middle, p95, max } = spreadOf(values);
        expect(min <= middle && middle <= p95 && p95 <= max).toBe(true);
      }),
    );
  });

  test('a sum of nothing is zero', () => {
    expect(sum([])).toBe(0);
    expect(sum([1, 2, 4])).toBe(7);
  });
});
