import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const network = ['--channels', '4,8', '--dense', '16', '--eval-every', '0', '--workers'];

/** Microbatches that divide neither the batch nor the workers; the last batch of the epoch is short. */
const jobs = [
  { name: 'four microbatches', flags: ['--microbatches', '4', '--batch', '32', '--steps', '6'] },
  {
    name: 'seven microbatches, over the end of an epoch',
    flags: ['--microbatches', '7', '--batch', '509', '--steps', '5'],
  },
];

describe.each(['cpu', 'wasm', 'tensorflow'])('weights on %s', (engine) => {
  it.each(jobs)('are the same bits for 1, 2, 3 and 4 workers, mesh and star: $name', async ({ name, flags }) => {
    const digests: Record<string, string | null> = {};
    for (const workers of [1, 2, 3, 4]) {
      // One worker has nobody to mesh with; its star still sends everything through the coordinator.
      for (const topology of workers === 3 ? ['mesh'] : workers === 1 ? ['star'] : ['mesh', 'star']) {
        const runDir = path.join(folder, `${engine} ${name} ${workers} ${topology}`);
        const summary = await train(runDir, [
          ...network,
          `${workers}`,
          '--threads',
          '1',
          '--engine',
          engine,
          '--topology',
          topology,
          ...flags,
        ]);
        expect(summary.workers).toBe(workers);
        digests[`${workers} ${topology}`] = summary.weightsDigest;
      }
    }
    const [first] = Object.values(digests);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(digests).toEqual(Object.fromEntries(Object.keys(digests).map((key) => [key, first])));
  });
});

it('weights on wasm are the same bits for one and two threads', async () => {
  const digests: (string | null)[] = [];
  for (const threads of ['1', '2']) {
    const runDir = path.join(folder, `threads ${threads}`);
    const flags = ['1', '--engine', 'wasm', '--threads', threads, '--batch', '509', '--steps', '5'];
    digests.push((await train(runDir, [...network, ...flags])).weightsDigest);
  }
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(digests[1]).toBe(digests[0]);
});
