import { expect, it } from 'vitest';
import { normOf, spreadOf } from '../../../src/worker/looking/spread.ts';

it('counts values into equal parts between the least and the greatest', () => {
  const spread = spreadOf(Float32Array.of(-1, 0, 0, 3), 2);
  expect(spread).toMatchObject({ count: 4, notFinite: 0, mean: 1, min: -2, max: 6 });
  expect(spread.deviation).toBeCloseTo(Math.sqrt((9 + 1 + 1 + 25) / 4));
  expect(spread.bins).toHaveLength(32);
  expect([spread.bins[0], spread.bins[8], spread.bins[31]]).toEqual([1, 2, 1]);
});

it('leaves out what is not finite, and says how much of it there was', () => {
  expect(spreadOf(Float32Array.of(Number.NaN, 2, Number.POSITIVE_INFINITY, 2))).toMatchObject({
    ...{ count: 2, notFinite: 2, mean: 2, deviation: 0, min: 2, max: 2 },
    bins: [2, ...Array<number>(31).fill(0)],
  });
  expect(spreadOf(Float32Array.of(Number.NaN))).toMatchObject({ count: 0, notFinite: 1, bins: [] });
});

it('gives the length of a vector', () => expect(normOf(Float32Array.of(3, 4))).toBe(5));
