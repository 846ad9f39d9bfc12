import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const network = ['--channels', '4,8', '--dense', '16', '--eval-every', '0', '--workers'];

const four = { name: 'four microbatches', flags: ['--microbatches', '4', '--batch', '32', '--steps', '6'] };
/** They divide neither the batch nor the workers; the last batch of the epoch is short. */
const seven = {
  name: 'seven microbatches, over the end of an epoch',
  flags: ['--microbatches', '7', '--batch', '509', '--steps', '5'],
};

/** One worker has nobody to mesh with; its star still sends everything through the coordinator. */
const ALL = ['1 star', '2 mesh', '2 star', '3 mesh', '4 mesh', '4 star'];
/** What carries gradients is the same for every engine. */
const FEW = ['1 star', '2 star', '3 mesh'];

describe.each([
  ['tensorflow', four, ALL],
  ['tensorflow', seven, ALL],
  ['wasm', seven, FEW],
  ['cpu', seven, FEW],
] as const)('weights on %s', (engine, { name, flags }, ways) => {
  it(`are the same bits for ${ways.join(', ')}: ${name}`, async () => {
    const digests: Record<string, string | null> = {};
    for (const way of ways) {
      const [workers = '', topology = ''] = way.split(' ');
      const options = ['--threads', '1', '--engine', engine, '--topology', topology, ...flags];
      const summary = await train(path.join(folder, `${engine} ${name} ${way}`), [...network, workers, ...options]);
      expect(summary.workers).toBe(Number(workers));
      digests[way] = summary.weightsDigest;
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
