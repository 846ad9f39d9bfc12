import { expect, test } from 'vitest';
import { forEachBounded } from '../../../src/data/files/bounded.ts';

test('calls for each number once, never more than the limit at a time', async () => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  await forEachBounded(20, 3, async (index) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    seen.push(index);
    running--;
  });
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(most).toBe(3);
});

test('the first failure ends it, once what runs has ended', async () => {
  const finished: number[] = [];
  const work = forEachBounded(100, 2, async (index) => {
    await Promise.resolve();
    if (index === 3) throw new Error('third');
    finished.push(index);
  });
  await expect(work).rejects.toThrow('third');
  expect(finished.length).toBeLessThan(6);
});

test('nothing to do is done', async () => {
  await forEachBounded(0, 4, () => Promise.reject(new Error('called')));
});
