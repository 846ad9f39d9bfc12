import { expect, it } from 'vitest';
import { isLookedInto } from '../../../src/shared/plan/looks.ts';

const looks = (every: boolean | number, last: number): readonly number[] =>
  Array.from({ length: last }, (_, index) => index + 1).filter((steps) => isLookedInto(every, steps, last));

it('looks often at the beginning, then every so many steps, and at the end', () => {
  expect(looks(true, 230)).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 200, 230]);
  expect(looks(4, 13)).toEqual([1, 2, 4, 8, 12, 13]);
  expect(looks(1, 5)).toEqual([1, 2, 3, 4, 5]);
  expect(looks(false, 5)).toEqual([]);
});
