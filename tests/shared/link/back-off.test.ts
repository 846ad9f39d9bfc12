import { expect, it } from 'vitest';
import { pauseBefore, REACH_AGAIN } from '../../../src/shared/link/back-off.ts';

it('pauses double up to a bound, and any part of them is taken', () => {
  const longest = Array.from({ length: 7 }, (_, attempt) => pauseBefore(attempt, REACH_AGAIN, 1));
  expect(longest).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  expect(pauseBefore(2, REACH_AGAIN, 0.25)).toBe(100);
  expect(pauseBefore(5000, REACH_AGAIN, 0)).toBe(0);
});
