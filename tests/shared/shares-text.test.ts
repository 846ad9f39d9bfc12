import { expect, it } from 'vitest';
import { sharesText } from '../../src/shared/shares-text.ts';

it('names who computes how much, and says how many others there are', () => {
  const shares = [
    { worker: 'a', microbatches: 3 },
    { worker: 'b', microbatches: 1 },
  ];
  expect(sharesText({ shares, workers: 2 })).toBe('a 3, b 1');
  expect(sharesText({ shares, workers: 3 })).toBe('a 3, b 1, and 1 more worker');
  expect(sharesText({ shares, workers: 5_000 })).toBe('a 3, b 1, and 4,998 more workers');
});
