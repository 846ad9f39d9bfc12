import { describe, expect, it } from 'vitest';
import { CHUNK_FLOATS, KEPT_CHUNKS, ownedChunks, starChunkFloats } from '../../src/collective/chunk-plan.ts';
import { bucketsOf } from './world.ts';

/** A line an owner: each chunk as bucket.index, first float, how many, and the bytes that travel. */
function planOf(sizes: readonly number[], wires: readonly ('f32' | 'bf16')[], owners: number, chunkFloats?: number) {
  return Array.from({ length: owners }, (_, owner) =>
    ownedChunks(bucketsOf(sizes, wires), owners, owner, chunkFloats)
      .chunks.map(({ bucket, index, start, floats, bytes }) => `${bucket}.${index}@${start}+${floats}=${bytes}`)
      .join(' '),
  );
}

// Written out: every peer cuts by itself, so all versions that take part in a run must cut alike.
describe('the chunks of', () => {
  it('two buckets among three owners', () => {
    expect(planOf([10, 4], ['f32'], 3, 32)).toEqual([
      '0.0@0+16=64 0.1@16+32=128 1.0@160+16=64',
      '0.0@48+16=64 0.1@64+32=128 1.0@176+16=64',
      '0.0@96+32=128 0.1@128+32=128 1.0@192+32=128',
    ]);
  });

  it('one that travels as bfloat16, and a tail that does not', () => {
    expect(planOf([6, 1], ['bf16', 'f32'], 2, 48)).toEqual(['0.0@0+48=96', '0.0@48+48=96 1.0@96+16=64']);
  });

  it('a bucket with fewer grains than owners', () => {
    expect(planOf([2], ['f32'], 4, 16)).toEqual(['', '0.0@0+16=64', '', '0.0@16+16=64']);
  });

  it('a segment that is one and a half chunks long is cut in two, a shorter one is not', () => {
    expect(planOf([5], ['f32'], 1, 64)).toEqual(['0.0@0+80=320']);
    expect(planOf([6], ['f32'], 1, 64)).toEqual(['0.0@0+48=192 0.1@48+48=192']);
    expect(planOf([9], ['f32'], 1, 64)).toEqual(['0.0@0+64=256 0.1@64+80=320']);
    expect(planOf([10], ['f32'], 1, 64)).toEqual(['0.0@0+48=192 0.1@48+48=192 0.2@96+64=256']);
  });

  it('a bucket of ResNet-18, of about a mebibyte each', () => {
    expect(CHUNK_FLOATS).toBe(262_144);
    expect(planOf([74_045], ['f32'], 2)).toEqual([
      '0.0@0+296176=1184704 0.1@296176+296176=1184704',
      '0.0@592352+296176=1184704 0.1@888528+296192=1184768',
    ]);
  });

  it('know where each bucket ends, and how long the longest is', () => {
    const { ends, maxBytes, owner } = ownedChunks(bucketsOf([10, 1, 4]), 3, 0, 32);
    expect({ ends, maxBytes, owner }).toEqual({ ends: [2, 2, 3], maxBytes: 128, owner: 0 });
    expect(ownedChunks(bucketsOf([1]), 2, 0, 16)).toMatchObject({ chunks: [], ends: [0], maxBytes: 0 });
  });

  it('are refused where a bucket does not lie on the grain of 16 floats', () => {
    for (const [start, end] of [
      [8, 32],
      [0, 24],
    ] as const) {
      expect(() => ownedChunks([{ start, end, wire: 'f32' }], 1, 0)).toThrow(/bucket 0 .* multiples of 16/);
    }
  });
});

describe('the chunks of a star', () => {
  const of = (ranks: number) => ({
    leaves: ranks,
    held: Array.from({ length: ranks }, (_, rank) => ({ start: rank, end: rank + 1 })),
  });

  it('have a mebibyte up to 512 contributions, then less, on the grain', () => {
    expect([1, 512, 513, 1_000, 5_000].map((ranks) => starChunkFloats(of(ranks)))).toEqual([
      262_144, 262_144, 261_632, 134_208, 26_832,
    ]);
    expect(starChunkFloats({ leaves: 4_000_000, held: [] })).toBe(262_144);
  });

  it('count what is contributed, not who contributes', () => {
    // Leaves 1 and 2 of 4 are no subtree, so that the middle one contributes two sums.
    const thrice = { leaves: 4, held: [0, 1, 3].map((start, i) => ({ start, end: [1, 3, 4][i]! })) };
    const many = { leaves: thrice.leaves, held: Array.from({ length: 200 }, () => thrice.held).flat() };
    expect(starChunkFloats(many)).toBe(16 * Math.floor(8_388_608 / 800));
  });

  it('leave the hub a fourth of its memory, however many workers there are', () => {
    const resnet18 = bucketsOf(Array.from({ length: 11 }, () => 63_500));
    for (const ranks of [2, 512, 600, 1_000, 5_000, 20_000]) {
      const { maxBytes } = ownedChunks(resnet18, 1, 0, starChunkFloats(of(ranks)));
      expect(KEPT_CHUNKS * ranks * maxBytes).toBeLessThan(3 * 2 ** 30);
    }
  });
});
