import { expect, it } from 'vitest';
import { gpuWatcher, readGpus } from '../../../src/worker/metrics/gpu.ts';

it('what nvidia-smi prints becomes ratios and bytes; what a GPU does not say is left open', () => {
  expect(readGpus('0, 87, 1024, 81559\n1, [N/A], [N/A], 24576\nNo devices were found\n')).toEqual([
    { gpu: '0', utilization: 0.87, usedBytes: 2 ** 30, totalBytes: 81559 * 2 ** 20 },
    { gpu: '1', utilization: null, usedBytes: null, totalBytes: 24576 * 2 ** 20 },
  ]);
});

it('is asked at most every five seconds, and never again where there is none', async () => {
  let now = 0;
  let asked = 0;
  const watch = gpuWatcher(
    () => {
      asked++;
      return asked === 2 ? Promise.reject(new Error('busy')) : Promise.resolve(`0, ${asked}, 1, 2\n`);
    },
    () => now,
  );
  expect(await watch()).toHaveLength(1);
  now = 4_999;
  await watch();
  expect(asked).toBe(1);
  now = 5_000;
  expect(await watch()).toEqual([]);
  now = 10_000;
  expect(await watch()).toMatchObject([{ utilization: 0.03 }]);

  let missing = 0;
  const none = gpuWatcher(
    () => {
      missing++;
      return Promise.reject(Object.assign(new Error('spawn nvidia-smi ENOENT'), { code: 'ENOENT' }));
    },
    () => now,
  );
  expect(await none()).toEqual([]);
  now = 99_999;
  expect(await none()).toEqual([]);
  expect(missing).toBe(1);
});
