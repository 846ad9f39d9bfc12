import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { socketGroup } from './sockets.ts';
import { bucketsOf, fillContributions, firstDifference, leafVectors, serialSum } from './world.ts';

const pem = (name: string) => readFileSync(new URL(`../shared/link/tls/${name}.pem`, import.meta.url), 'utf8');
const tls = { cert: pem('cert'), key: pem('key'), ca: pem('cert') };

describe('over TLS', () => {
  it.each(['mesh', 'star'] as const)('a %s gives the same sum, by the way that copies', async (topology) => {
    const shape = { ranks: 2, leaves: 3, buckets: bucketsOf([30_000, 7]) };
    const group = await socketGroup(topology, shape, tls);
    const leaves = leafVectors(shape, 5);
    for (const rank of group.ranks) {
      fillContributions(rank, leaves);
      for (const bucket of shape.buckets.keys()) rank.allReduce.contribute(0, bucket);
    }
    await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(2)));
    for (const { memory } of group.ranks) expect(firstDifference(memory.result, serialSum(leaves))).toBeNull();
    await group.close();
    for (const { lost } of group.ranks) expect(lost).toEqual([]);
  });
});
