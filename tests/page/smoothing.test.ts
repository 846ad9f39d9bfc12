import { expect, it } from 'vitest';
import { smoothed } from '../../src/page/smoothing.ts';

it('without weight nothing changes', () => {
  expect(smoothed([3, 1, null, 2], 0)).toEqual([3, 1, null, 2]);
});

it('begins at the first value, not at zero, and comes to what the values stay at', () => {
  const values = [8, ...Array.from({ length: 200 }, () => 2)];
  const result = smoothed(values, 0.9);
  expect(result[0]).toBeCloseTo(8, 12);
  expect(result.at(-1)).toBeCloseTo(2, 6);
});

it('what is no number is a gap, and the values around it are not', () => {
  const result = smoothed([1, Number.NaN, null, 1], 0.5);
  expect(result).toEqual([1, null, null, 1]);
});
