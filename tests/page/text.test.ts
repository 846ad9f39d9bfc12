import { expect, it } from 'vitest';
import { duration, figure } from '../../src/page/text.ts';

it.each([
  [0.0123, '12.3 ms'],
  [2.5, '2.5 s'],
  [59.6, '59.6 s'],
  [61, '1 min 1 s'],
  [119.7, '2 min 0 s'],
  [3599.7, '1 h 0 min'],
  [3630, '1 h 1 min'],
  [7199, '2 h 0 min'],
  [null, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('%s seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('a figure has four digits, and is short however large it is', () => {
  expect([0.69315, 12345.6, 1.25e30, 2e-7, null].map(figure)).toEqual(['0.6932', '12350', '1.25e30', '2.00e-7', '–']);
});
