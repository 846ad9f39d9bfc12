import { describe, expect, it, vi } from 'vitest';
import { FrameReader } from '../../src/collective/frame-reader.ts';
import { socketGroup } from './sockets.ts';
import { bucketsOf, expectedSum, fillContributions, firstDifference, leafVectors } from './world.ts';

/** A bucket of several chunks of more than 64 KiB, one of a single small chunk. */
const SIZES = [60_000, 3000, 1];
const BUCKETS = bucketsOf(SIZES);

describe.each(['mesh', 'star'] as const)('a %s of real sockets', (topology) => {
  it.each([
    [1, 3, 'f32'],
    [2, 2, 'f32'],
    [3, 7, 'f32'],
    [4, 2, 'f32'],
    [1, 3, 'bf16'],
    [2, 2, 'bf16'],
    [3, 7, 'bf16'],
    [4, 2, 'bf16'],
  ] as const)('reduces on %i ranks, %i leaves, as %s', async (ranks, leaves, wire) => {
    // Of a bucket of this length each of two owners has two chunks. For others a shorter one will do, of which a hub has two.
    const [large, ...others] = SIZES;
    // The tail is always float32.
    const shape = {
      ranks,
      leaves,
      buckets: bucketsOf([ranks === 2 ? large! : 25_000, ...others], [wire, wire, 'f32']),
    };
    const group = await socketGroup(topology, shape);
    for (const step of [0, 1]) {
      const vectors = leafVectors(shape, step);
      for (const rank of group.ranks) {
        fillContributions(rank, vectors);
        for (const bucket of BUCKETS.keys()) rank.allReduce.contribute(step, bucket);
      }
      await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(BUCKETS.length * (step + 1))));
      const expected = expectedSum(shape, vectors);
      for (const { memory } of group.ranks) expect(firstDifference(memory.result, expected)).toBeNull();
    }
    for (const { reduced, lost } of group.ranks) {
      expect(reduced).toEqual(['0:0', '0:1', '0:2', '1:0', '1:1', '1:2']);
      expect(lost).toEqual([]);
    }
    await group.close();
  });

  it('sends half as many bytes of what travels as bfloat16', async () => {
    const sent: Record<string, number> = {};
    for (const wire of ['f32', 'bf16'] as const) {
      const shape = { ranks: 2, leaves: 2, buckets: bucketsOf([6000], [wire]) };
      const group = await socketGroup(topology, shape);
      for (const { allReduce } of group.ranks) allReduce.contribute(0, 0);
      await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(1)));
      sent[wire] = group.ranks.reduce((sum, { allReduce }) => sum + allReduce.bytesSent, 0);
      await group.close();
    }
    expect(sent['f32']).toBeGreaterThan(0);
    expect(sent['bf16']).toBe(sent['f32']! / 2);
  });

  it('reads data straight to its place: a change of Node or ws that ends this fails here', async () => {
    const feed = vi.spyOn(FrameReader.prototype, 'feed');
    const shape = { ranks: 2, leaves: 2, buckets: BUCKETS };
    const group = await socketGroup(topology, shape);
    for (const step of [0, 1]) {
      for (const { allReduce } of group.ranks) for (const bucket of BUCKETS.keys()) allReduce.contribute(step, bucket);
      await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(BUCKETS.length * (step + 1))));
    }
    const copied = feed.mock.calls.reduce((sum, [bytes]) => sum + bytes.length, 0);
    const received = group.ranks.reduce((sum, { allReduce }) => sum + allReduce.bytesReceived, 0);
    feed.mockRestore();
    // Heads and answers to upgrade requests, and at most 64 KiB of a link's first frames or where it had to wait.
    expect(received).toBeGreaterThan(15_000_000);
    expect(copied).toBeLessThan(received / 5);
    await group.close();
  });
});
