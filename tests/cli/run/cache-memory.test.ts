import { expect, it } from 'vitest';
import { cacheMemoryOf } from '../../../src/cli/run/cache-memory.ts';

const MIB = 2 ** 20;
const NONE = Number.POSITIVE_INFINITY;

it.each([
  ['without a limit', 1, NONE, 1024],
  ['with a limit that leaves enough', 2, 16_384, 1024],
  ['in a small container', 1, 512, 128],
  ['for several workers that share one', 4, 2048, 128],
])('by itself, a worker keeps images in a quarter of its memory at most: %s', (_, workers, limit, expected) => {
  expect(cacheMemoryOf(null, workers, limit * MIB)).toEqual({ bytes: expected * MIB, warning: null });
});

it('what is asked for is given as long as it fits', () => {
  expect(cacheMemoryOf('4GiB', 1, NONE)).toEqual({ bytes: 4096 * MIB, warning: null });
  expect(cacheMemoryOf('256MiB', 1, 512 * MIB)).toEqual({ bytes: 256 * MIB, warning: null });
  expect(cacheMemoryOf('0', 1, 512 * MIB)).toEqual({ bytes: 0, warning: null });
});

it('what does not fit is cut down, with a sentence that says to what', () => {
  expect(cacheMemoryOf('4GiB', 1, 512 * MIB)).toEqual({
    bytes: 256 * MIB,
    warning:
      '--cache-memory 4GiB is more than half of the 512 MiB that its control group leaves this worker: 256 MiB are used. Raise the limit, or lower it.',
  });
  expect(cacheMemoryOf('4GiB', 2, 1024 * MIB).warning).toContain('leaves each worker: 256 MiB are used');
});
