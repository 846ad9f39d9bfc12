import { expect, it } from 'vitest';
import { ownedChunks } from '../../src/collective/chunk-plan.ts';
import { ChunkStream } from '../../src/collective/chunk-stream.ts';
import { OwnedFold } from '../../src/collective/owned-fold.ts';
import { dealMicrobatches } from '../../src/shared/plan/microbatches.ts';
import { bucketsOf, newKernels } from './world.ts';

it('a fold is between two steps only where nothing of the next has come, not one of a chunk’s contributions either', async () => {
  const kernels = await newKernels();
  const buckets = bucketsOf([2]);
  const owned = ownedChunks(buckets, 1, 0, 16);
  // Of six microbatches among four, the second holds 2 and 3, which are no whole subtree: two contributions.
  const held = dealMicrobatches(6, 4);
  const group = { generation: 1, firstStep: 0, ranks: 4, leaves: 6, held, buckets };
  const fold = new OwnedFold({ group, kernels, owned, local: null });
  const result = kernels.arena.allocate(64);
  const streams = [1, 2, 1, 1].map(
    (contributions) => new ChunkStream({ generation: 1, firstStep: 0, phase: 'rs', owned, contributions }),
  );
  const come = (rank: number) => {
    const stream = streams[rank]!;
    fold.place(rank, stream.head(stream.nextChunk, stream.nextContribution));
    fold.arrived(rank);
    stream.advance();
  };
  for (const step of [0, 1]) {
    expect([step, fold.idle, fold.ready]).toEqual([step, true, false]);
    for (const [index, rank] of [1, 1, 0, 2, 3].entries()) {
      come(rank);
      expect([index, fold.idle, fold.ready]).toEqual([index, false, index === 4]);
    }
    fold.fold(result);
    expect(fold.idle).toBe(false);
    for (const rank of [0, 1, 1, 2, 3]) come(rank);
    fold.fold(result);
  }
  expect(fold.idle).toBe(true);
});

it('of a peer no more than four chunks are kept before the others’ have come, and none is overwritten', async () => {
  const kernels = await newKernels();
  const owned = ownedChunks(bucketsOf([3]), 1, 0, 16);
  const group = {
    generation: 1,
    firstStep: 0,
    ranks: 2,
    leaves: 2,
    held: dealMicrobatches(2, 2),
    buckets: bucketsOf([3]),
  };
  const fold = new OwnedFold({ group, kernels, owned, local: null });
  const streams = [0, 1].map(
    () => new ChunkStream({ generation: 1, firstStep: 0, phase: 'rs', owned, contributions: 1 }),
  );
  /** Whether it was taken: 100 times the rank and the number of the chunk. */
  const come = (rank: number): boolean => {
    const stream = streams[rank]!;
    const place = fold.place(rank, stream.head(stream.nextChunk, 0));
    if (!(place instanceof Uint8Array)) return false;
    new Float32Array(place.buffer, place.byteOffset, 16).fill(100 * rank + stream.nextChunk);
    fold.arrived(rank);
    stream.advance();
    return true;
  };
  expect([0, 1, 2, 3, 4].map(() => come(0))).toEqual([true, true, true, true, false]);
  expect([fold.completeOf(0), fold.completeOf(1), fold.ready]).toEqual([4, 0, false]);
  const result = kernels.arena.allocate(64);
  for (let number = 0; number < 6; number++) {
    expect(come(1)).toBe(true);
    expect(fold.ready).toBe(true);
    expect(fold.next).toEqual({ chunk: owned.chunks[number % 3], stepIndex: Math.floor(number / 3) });
    fold.fold(result);
    expect([fold.folded, ...new Set(kernels.arena.floats(result, 16))]).toEqual([number + 1, 100 + 2 * number]);
    // There is room for one more, and for one alone.
    expect([come(0), come(0)]).toEqual([true, false]);
  }
});

it('who owns nothing has nothing to fold, and is between two steps at any time', async () => {
  const kernels = await newKernels();
  const owned = { owner: 0, chunks: [], ends: [], maxBytes: 0 };
  const group = { generation: 1, firstStep: 0, ranks: 1, leaves: 1, held: dealMicrobatches(1, 1), buckets: [] };
  const fold = new OwnedFold({ group, kernels, owned, local: null });
  expect([fold.next, fold.idle, fold.folded]).toEqual([null, true, 0]);
});
