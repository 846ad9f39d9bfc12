import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { threadEnvironment } from '../../src/shared/thread-environment.ts';

it('threads beside the engine load no library of their own, and have all that the process has', async () => {
  const own = threadEnvironment({ HOME: '/home/me', GRADSOCKET_CACHE: '/cache' });
  expect(own).toMatchObject({ HOME: '/home/me', GRADSOCKET_CACHE: '/cache' });
  const code = `const { parentPort } = require('node:worker_threads');
    import('msgpackr').then(({ isNativeAccelerationEnabled }) => parentPort.postMessage(isNativeAccelerationEnabled));`;
  const worker = new Worker(code, { eval: true, env: threadEnvironment() });
  expect(await new Promise((resolve) => worker.once('message', resolve))).toBe(false);
  await worker.terminate();
});
