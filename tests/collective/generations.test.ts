import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Kernels } from '../../src/collective/kernels/kernels.ts';
import { connectMesh } from '../../src/collective/connect-mesh.ts';
import { MeshAllReduce } from '../../src/collective/mesh.ts';
import { PeersMissing } from '../../src/collective/missing.ts';
import { StarHub } from '../../src/collective/star-hub.ts';
import type { LinkServer } from '../../src/shared/link/link-server.ts';
import { dealMicrobatches } from '../../src/shared/plan/microbatches.ts';
import { subtreesOf } from '../../src/shared/plan/tree.ts';
import { KEY, listen, withPromises } from './sockets.ts';
import { bucketsOf, fillContributions, leafVectors, makeRank, newKernels, type Rank, type Shape } from './world.ts';

const GENERATIONS = 1_000;
const LEAVES = 7;
const buckets = bucketsOf([300, 40, 1]);

/** One generation of `ranks`: who holds what. */
function groupOf(generation: number, ranks: number) {
  const held = dealMicrobatches(LEAVES, ranks);
  return { generation, firstStep: 0, ranks, leaves: LEAVES, held, buckets };
}

describe('the memory of a generation', () => {
  it('is given back: a thousand generations of changing ranks need no more than the first of each size', async () => {
    const kernels = await newKernels();
    const vectors = Array.from({ length: LEAVES + 1 }, () => kernels.arena.allocateFloats(buckets.at(-1)!.end));
    const used: number[] = [];
    for (let number = 1; number <= GENERATIONS; number++) {
      const ranks = 2 + (number % 6);
      const rank = number % ranks;
      const group = { ...groupOf(number, ranks), rank };
      const contributions = vectors.slice(0, subtreesOf(LEAVES, group.held[rank]!).length);
      const memory = { kernels, contributions, result: vectors[0]!, twins: [] };
      const mesh = new MeshAllReduce(group, memory, { onReduced: () => undefined, onLost: () => undefined });
      used.push(kernels.arena.used);
      if (number % 2 === 0) mesh.abort(0);
      mesh.close();
    }
    const before = used.slice(0, 42);
    expect(Math.max(...used)).toBe(Math.max(...before));
    // With nothing under way it is as if there had been none.
    const last = vectors.at(-1);
    expect(kernels.arena.used).toBe(last.byteOffset + last.byteLength);
  });

  it('of the hub of a star, too', async () => {
    const kernels = await newKernels();
    const { used } = kernels.arena;
    for (let number = 1; number <= GENERATIONS; number++) {
      const hub = new StarHub({ group: groupOf(number, 2 + (number % 6)), kernels, onLost: () => undefined });
      expect(kernels.arena.used).toBeGreaterThan(used);
      hub.close();
      expect(kernels.arena.used).toBe(used);
    }
  });
});

describe('generations of a mesh, one after the other on the same listeners', () => {
  const shape: Shape = { ranks: 3, leaves: 3, buckets: bucketsOf([2048, 16]) };
  let servers: readonly LinkServer[] = [];
  let kernels: readonly Kernels[] = [];
  beforeAll(async () => {
    servers = await Promise.all([0, 1, 2].map(() => listen()));
    kernels = await Promise.all([0, 1, 2].map(() => newKernels()));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  const members = () => servers.map(({ url }, rank) => ({ name: `w${rank}`, address: url }));
  const open = (kind: 'TCPSocketWrap' | 'Timeout') =>
    process.getActiveResourcesInfo().filter((other) => other === kind).length;

  function connect(rank: Rank, key: string, signal?: AbortSignal) {
    const { rank: index } = rank.group;
    return connectMesh({ ...rank, server: servers[index]!, key, members: members(), deadlineMs: 10_000, signal });
  }

  it('leave no socket and no timer, whether they end between steps, in one, or while they are being connected', async () => {
    const [sockets, timers] = [open('TCPSocketWrap'), open('Timeout')];
    const ranks = kernels.map((own, index) => makeRank(shape, index, own));
    const leaves = leafVectors(shape, 1);
    for (let number = 1; number <= 12; number++) {
      const generation = ranks.map((rank) => withPromises({ ...rank, group: { ...rank.group, generation: number } }));
      const abort = new AbortController();
      const connecting = generation.map((rank) => connect(rank, `${KEY}-${number}`, abort.signal));
      if (number % 3 === 0) {
        abort.abort();
        const outcomes = await Promise.allSettled(connecting);
        expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
        continue;
      }
      const connected = await Promise.all(connecting);
      for (const rank of ranks) fillContributions(rank, leaves);
      for (const allReduce of connected) allReduce.contribute(0, 0);
      if (number % 3 === 1) {
        for (const allReduce of connected) allReduce.contribute(0, 1);
        await Promise.all(generation.map((rank) => rank.reducedBuckets(2)));
      }
      for (const allReduce of connected) {
        allReduce.abort(0);
        allReduce.close();
      }
      for (const rank of ranks) rank.reduced.length = 0;
    }
    await vi.waitFor(() => expect(open('TCPSocketWrap')).toBe(sockets), { timeout: 10_000 });
    expect(open('Timeout')).toBeLessThanOrEqual(timers);
  });

  it('can be begun in the very moment in which one that is being connected is given up', async () => {
    const rank = withPromises(makeRank(shape, 0, kernels[0]!));
    const abort = new AbortController();
    const first = connect(rank, 'an-old-key', abort.signal);
    const gaveUp = expect(first).rejects.not.toBeInstanceOf(PeersMissing);
    abort.abort();
    const again = new AbortController();
    const second = connect(rank, KEY, again.signal);
    await gaveUp;
    // The first one's end does not take the second one's place away.
    const others = [1, 2].map((index) => connect(withPromises(makeRank(shape, index, kernels[index]!)), KEY));
    const connected = await Promise.all([second, ...others]);
    for (const allReduce of connected) allReduce.close();
  });

  it('given up before they begin to connect connect nobody', async () => {
    const rank = withPromises(makeRank(shape, 0, kernels[0]!));
    await expect(connect(rank, KEY, AbortSignal.abort())).rejects.not.toBeInstanceOf(PeersMissing);
  });
});
