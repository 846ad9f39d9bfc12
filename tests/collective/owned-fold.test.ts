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
