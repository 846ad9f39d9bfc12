import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshAllReduce } from '../../src/collective/mesh.ts';
import type { AllReduce } from '../../src/collective/all-reduce.ts';
import { StarAllReduce } from '../../src/collective/star.ts';
import { StarHub } from '../../src/collective/star-hub.ts';
import type { ChunkLink } from '../../src/collective/chunk-link.ts';
import type { Kernels } from '../../src/collective/kernels/kernels.ts';
import { dealMicrobatches } from '../../src/shared/plan/microbatches.ts';
import { deliverAll, MemoryLink } from './network.ts';
import {
  boundedFolds,
  bucketsOf,
  expectedSum,
  fillContributions,
  firstDifference,
  leafVectors,
  makeRank,
  newKernels,
  type Rank,
  type Shape,
} from './world.ts';

interface Member {
  readonly rank: Rank;
  readonly allReduce: AllReduce;
}

interface Group {
  readonly members: readonly Member[];
  readonly links: readonly MemoryLink[];
}

const CHUNK_FLOATS = 48;

function meshOf(ranks: readonly Rank[]): Group {
  const meshes = ranks.map(({ group, memory, callbacks }) => new MeshAllReduce(group, memory, callbacks, CHUNK_FLOATS));
  // links[to][from]: data goes one way.
  const links = meshes.map((mesh, to) =>
    meshes.map((_, from) => (from === to ? null : new MemoryLink(mesh.incomingSink(from)))),
  );
  if (ranks.length > 1) {
    for (const [rank, mesh] of meshes.entries()) {
      const peers = meshes.map((_, peer) => peer).filter((peer) => peer !== rank);
      mesh.open(
        new Map(
          peers.map((peer) => [peer, { incoming: links[rank]![peer]!.receiver, outgoing: links[peer]![rank]!.sender }]),
        ),
      );
    }
  }
  return {
    members: meshes.map((allReduce, index) => ({ rank: ranks[index]!, allReduce })),
    links: links.flat().filter((link) => link !== null),
  };
}

/** One of a pair of one-way links, as if it were one connection. */
function twoWay(out: MemoryLink, back: MemoryLink): ChunkLink {
  return {
    send: (head, data, sent) => out.sender.send(head, data, sent),
    resume: () => back.receiver.resume(),
    freeze: () => {
      out.sender.freeze();
      back.receiver.freeze();
    },
    close: (name) => {
      out.sender.close(name);
      back.receiver.close(name);
    },
  };
}

function starOf(ranks: readonly Rank[], kernels: Kernels): Group {
  const { rank: _, ...group } = ranks[0]!.group;
  const hub = new StarHub({
    group,
    kernels,
    chunkFloats: CHUNK_FLOATS,
    onLost: (rank, reason) => ranks[rank]!.lost.push({ rank, reason }),
  });
  const links: MemoryLink[] = [];
  const members = ranks.map((rank, index) => {
    const star = new StarAllReduce(rank.group, rank.memory, rank.callbacks, CHUNK_FLOATS);
    const up = new MemoryLink(hub.sink(index));
    const down = new MemoryLink(star.sink());
    links.push(up, down);
    star.open(twoWay(up, down));
    hub.join(index, twoWay(down, up));
    return { rank, allReduce: star };
  });
  return { members, links };
}

const shapes = fc.record({
  ranks: fc.integer({ min: 1, max: 8 }),
  leaves: fc.integer({ min: 1, max: 17 }),
  buckets: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom('f32' as const, 'bf16' as const)), {
      minLength: 1,
      maxLength: 5,
    })
    .map((buckets) =>
      bucketsOf(
        buckets.map(([size]) => size),
        buckets.map(([, wire]) => wire),
      ),
    ),
  alias: fc.boolean(),
  generation: fc.constant(7),
  firstStep: fc.integer({ min: 0, max: 1000 }),
});

describe.each(['mesh', 'star'] as const)('all-reduce over a %s', (topology) => {
  const kernels = newKernels();

  async function groupOf(shape: Shape): Promise<{ group: Group; ranks: readonly Rank[] }> {
    // Three steps of five buckets of at most 14 chunks, at as many ranks as there may be.
    const loaded = boundedFolds(await kernels, 3 * 5 * 14 * 8);
    const ranks = Array.from({ length: shape.ranks }, (_, rank) => makeRank(shape, rank, loaded));
    return { group: topology === 'mesh' ? meshOf(ranks) : starOf(ranks, loaded), ranks };
  }

  it('gives every rank the bytes of the serial sum, whatever travels as bfloat16 and in whatever order of delivery', async () => {
    const { arena } = await kernels;
    await fc.assert(
      fc.asyncProperty(shapes, fc.infiniteStream(fc.nat()), async (shape, random) => {
        const mark = arena.mark();
        const pick = (count: number) => random.next().value! % count;
        const { group, ranks } = await groupOf(shape);
        for (const step of [shape.firstStep, shape.firstStep + 1, shape.firstStep + 2]) {
          const leaves = leafVectors(shape, step);
          const expected = expectedSum(shape, leaves);
          for (const rank of ranks) fillContributions(rank, leaves);
          // Engines run at their own pace: each contributes its next bucket at some time between deliveries.
          const due = ranks.map(() => 0);
          const contributeSome = () => {
            const behind = due.flatMap((bucket, rank) => (bucket < shape.buckets.length ? [rank] : []));
            if (behind.length === 0) return;
            const rank = behind[pick(behind.length)]!;
            group.members[rank]!.allReduce.contribute(step, due[rank]!++);
          };
          while (due.some((bucket) => bucket < shape.buckets.length)) {
            await deliverAll(group.links, pick, contributeSome);
          }
          await deliverAll(group.links, pick);
          for (const { reduced, lost, memory } of ranks) {
            expect(lost).toEqual([]);
            expect(reduced.splice(0)).toEqual(shape.buckets.map((_, bucket) => `${step}:${bucket}`));
            expect(firstDifference(memory.result, expected)).toBeNull();
          }
        }
        arena.release(mark);
      }),
      // Of a stream of choices there is no smaller one to look for.
      { numRuns: 30, endOnFailure: true },
    );
  });
});

describe.each(['mesh', 'star'] as const)('over a %s, a bucket that is reduced is free to be written', (topology) => {
  /** Each rank destroys its bucket as soon as it is told; the sum as it was then is kept. */
  it.each([[['f32']], [['bf16', 'f32']]] as const)('though others are slow to read: %j', async (wires) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        async (ranks, leaves, sizes, random) => {
          const kernels = boundedFolds(await newKernels(8 * 2 ** 20), 1000);
          const shape = { ranks, leaves, buckets: bucketsOf(sizes, wires) };
          const sums: Float32Array[] = [];
          const members = Array.from({ length: ranks }, (_, index) => {
            const rank = makeRank(shape, index, kernels);
            const { memory } = rank;
            sums.push(memory.result.slice());
            const onReduced = (step: number, bucket: number): void => {
              rank.callbacks.onReduced(step, bucket);
              const { start, end } = shape.buckets[bucket]!;
              sums[index]!.set(memory.result.subarray(start, end), start);
              for (const vector of [memory.result, ...memory.contributions]) vector.fill(Number.NaN, start, end);
              for (const twin of memory.twins) twin.fill(0x7fc0, start, end);
            };
            return { ...rank, callbacks: { ...rank.callbacks, onReduced } };
          });
          const { links, members: joined } = topology === 'mesh' ? meshOf(members) : starOf(members, kernels);
          // One link after the other is served as long as it has anything: the rest wait.
          const slowest = random.next().value! % links.length;
          const pick = (count: number) => (random.next().value! % 4 === 0 ? count - 1 : slowest % count);
          for (const step of [0, 1]) {
            const vectors = leafVectors(shape, step);
            for (const rank of members) fillContributions(rank, vectors);
            for (const bucket of shape.buckets.keys()) {
              for (const { allReduce } of joined) allReduce.contribute(step, bucket);
            }
            await deliverAll(links, pick);
            for (const sum of sums) expect(firstDifference(sum, expectedSum(shape, vectors))).toBeNull();
          }
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
  });
});

describe('a rank of a mesh whose peer is through', () => {
  const shape = { ranks: 2, leaves: 2, buckets: bucketsOf([4]) };

  it('waits for what is still under way, though the goodbye on the other link overtakes it', async () => {
    const kernels = await newKernels();
    const ranks = [0, 1].map((rank) => makeRank(shape, rank, kernels));
    const { members, links } = meshOf(ranks);
    for (const { allReduce } of members) allReduce.contribute(0, 0);
    (members[0]!.allReduce as MeshAllReduce).outgoingSink(1).lost('it closed the connection', true);
    await deliverAll(links, () => 0);
    expect(ranks[0]!.reduced).toEqual(['0:0']);
    expect(ranks[0]!.lost).toEqual([]);
    members[0]!.allReduce.contribute(1, 0);
    await deliverAll(links, () => 0);
    expect(ranks[0]!.lost).toEqual([{ rank: 1, reason: 'it closed the connection' }]);
  });

  it('takes in no sum before it has contributed: it would lie where gradients are still being written', async () => {
    const kernels = await newKernels();
    const ranks = [0, 1].map((rank) => makeRank(shape, rank, kernels));
    const { members } = meshOf(ranks);
    const sink = (members[0]!.allReduce as MeshAllReduce).incomingSink(1);
    const head = {
      generation: 1,
      step: 0,
      phase: 'ag',
      bucket: 0,
      contribution: 0,
      owner: 1,
      chunk: 0,
      bytes: 128,
    } as const;
    expect(sink.place(head)).toBe('wait');
    members[0]!.allReduce.contribute(0, 0);
    expect(sink.place(head)).toHaveLength(128);
  });

  it('gives up where the link that carries what it needs ends before that has come', async () => {
    const kernels = await newKernels();
    const ranks = [0, 1].map((rank) => makeRank(shape, rank, kernels));
    const { members } = meshOf(ranks);
    members[0]!.allReduce.contribute(0, 0);
    (members[0]!.allReduce as MeshAllReduce).incomingSink(1).lost('it closed the connection', true);
    expect(ranks[0]!.lost).toHaveLength(1);
  });
});

it('the two ends of a star cut alike, also where many contribute', async () => {
  const buckets = bucketsOf([65_536]);
  for (const ranks of [2, 600]) {
    // Address space: nothing is written to it.
    const kernels = await newKernels(2 ** 32);
    // Of a rank that holds nothing: its memory is small.
    const held = [...dealMicrobatches(ranks, ranks), { start: ranks, end: ranks }];
    const shared = { generation: 1, firstStep: 1, ranks: ranks + 1, leaves: ranks, held, buckets };
    const onLost = () => undefined;
    const hub = new StarHub({ group: shared, kernels, onLost });
    const result = kernels.arena.allocateFloats(buckets[0]!.end);
    const memory = { kernels, contributions: [], result, twins: [] };
    const star = new StarAllReduce({ ...shared, rank: ranks }, memory, { onReduced: onLost, onLost });
    expect(star.maxChunkBytes).toBe(hub.maxChunkBytes);
    expect(hub.maxChunkBytes).toBe(ranks === 2 ? 2 ** 20 : 838_912);
    hub.close();
  }
});
