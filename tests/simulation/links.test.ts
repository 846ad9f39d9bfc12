import { expect, test } from 'vitest';
import type { AllReduce } from '../../src/collective/all-reduce.ts';
import { connectMesh } from '../../src/collective/connect-mesh.ts';
import {
  bucketsOf,
  expectedSum,
  fillContributions,
  firstDifference,
  leafVectors,
  makeRank,
} from '../collective/world.ts';
import { Dice } from './dice.ts';
import { KernelsPool } from './kernels-pool.ts';
import { Switchboard } from './linking.ts';
import { Network } from './network.ts';
import { macrotask } from './macrotask.ts';
import { Process, Scheduler } from './scheduler.ts';

const SHAPE = { ranks: 3, leaves: 5, buckets: bucketsOf([3, 2, 1]), alias: true };
const pool = await KernelsPool.create(SHAPE.ranks);

/** One step of three ranks over virtual links; the hash of what happened. */
function reduceOnce(seed: number, disturb: (network: Network) => void = () => undefined) {
  const scheduler = new Scheduler();
  const network = new Network(scheduler, new Dice(seed), { latency: 1, spikes: 0.1 });
  const switchboard = new Switchboard(network);
  const leaves = leafVectors(SHAPE, seed);
  const members = Array.from({ length: SHAPE.ranks }, (_, rank) => ({ name: `w${rank}`, address: `w${rank}:1` }));
  const ranks = members.map((_, rank) => makeRank(SHAPE, rank, pool.take({ dead: true })));
  for (const [rank, { name }] of members.entries()) {
    const process = new Process(name);
    const linking = switchboard.linkingOf({ site: name, process }, true);
    const mine = ranks[rank]!;
    const begin = (mesh: AllReduce) => {
      fillContributions(mine, leaves);
      for (const bucket of SHAPE.buckets.keys()) mesh.contribute(0, bucket);
    };
    scheduler.after(process, rank, 'start', () => {
      const options = {
        group: mine.group,
        memory: mine.memory,
        callbacks: mine.callbacks,
        key: 'k',
        members,
        server: null,
        linking,
      };
      connectMesh({ ...options, deadlineMs: 30_000 }).then(begin, (error: unknown) =>
        mine.lost.push({ rank: null, reason: String(error) }),
      );
    });
  }
  disturb(network);
  const ended = scheduler.run(() => false, 60_000);
  return { hash: scheduler.hash, ranks, leaves, ended };
}

test('a mesh over virtual links adds up along the tree, and one seed is one history', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const [first, hash] = await macrotask(() => [reduceOnce(seed), reduceOnce(seed).hash] as const);
    expect(hash).toBe(first.hash);
    for (const { reduced, memory } of first.ranks) {
      expect([seed, ...first.ranks.map(({ lost }) => lost).flat(), reduced]).toEqual([seed, ['0:0', '0:1', '0:2']]);
      expect(firstDifference(memory.result, expectedSum(SHAPE, first.leaves))).toBeNull();
    }
  }
});

test('a hole holds up what it swallows until it closes', async () => {
  const { ranks } = await macrotask(() =>
    reduceOnce(7, (network) => {
      const end = network.swallow('w0', 'w1');
      network.scheduler.after(new Process('fault'), 5_000, 'heal', end);
    }),
  );
  for (const { reduced } of ranks) expect(reduced).toHaveLength(3);
});
