import { part, type Range } from '../shared/plan/microbatches.ts';
import { subtreesOf } from '../shared/plan/tree.ts';
import type { ReduceGroup } from './all-reduce.ts';
import { BYTES_PER_FLOAT, type ReduceBucket, type WireType } from './wire.ts';

/** Segments and chunks begin at multiples of this many floats: 64 bytes of float32, as everything in the flat vectors. */
const GRAIN = 16;

/**
 * Floats that a chunk should have: 1 MiB of float32. Measured: no difference from 512 KiB to 4 MiB, 128 KiB is slower. Every peer of
 * a run must cut alike, so this belongs to the protocol.
 */
export const CHUNK_FLOATS = 262_144;

/**
 * Chunks of each contribution that an owner keeps until the others' have come. More of them gain nothing that could be
 * measured; a peer that is further ahead is not read from. Where a star cuts smaller chunks follows from it, so it belongs to the
 * protocol, too.
 */
export const KEPT_CHUNKS = 4;

/**
 * What the hub of a star keeps of all contributions together, about: it owns everything, and has 4 GiB of shared memory. Up to here
 * it cuts as releases before did, which had no room for twice as many. Belongs to the protocol.
 */
const HUB_BYTES = 2 ** 31;

/** Floats that a chunk of a star should have: the more contributions a step has, the fewer, for the hub keeps some of each. */
export function starChunkFloats({ leaves, held }: Pick<ReduceGroup, 'leaves' | 'held'>): number {
  const contributions = held.reduce((sum, range) => sum + subtreesOf(leaves, range).length, 0);
  const floats = HUB_BYTES / (BYTES_PER_FLOAT.f32 * KEPT_CHUNKS * contributions);
  return Math.min(CHUNK_FLOATS, Math.max(GRAIN, Math.floor(floats / GRAIN) * GRAIN));
}

export interface Chunk {
  readonly bucket: number;
  /** Number within the owner's segment of the bucket. */
  readonly index: number;
  /** First float in the step vector. */
  readonly start: number;
  readonly floats: number;
  readonly wire: WireType;
  /** On the wire. */
  readonly bytes: number;
}

/** Everything that one owner owns of the step vector, in the order in which it is reduced. */
export interface OwnedChunks {
  readonly owner: number;
  readonly chunks: readonly Chunk[];
  /** ends[b]: how many of `chunks` belong to buckets 0 .. b. */
  readonly ends: readonly number[];
  /** The size of the largest chunk. */
  readonly maxBytes: number;
}

/** Part `index` of `count` of `range`, on the grain. */
function alignedPart(range: Range, count: number, index: number): Range {
  const { start, end } = part((range.end - range.start) / GRAIN, count, index);
  return { start: range.start + start * GRAIN, end: range.start + end * GRAIN };
}

/** Segment `owner` of each bucket, cut into chunks of about `chunkFloats`. A bucket smaller than its owners leaves some without. */
export function ownedChunks(
  buckets: readonly ReduceBucket[],
  owners: number,
  owner: number,
  chunkFloats = CHUNK_FLOATS,
): OwnedChunks {
  const chunks: Chunk[] = [];
  const ends: number[] = [];
  for (const [bucket, range] of buckets.entries()) {
    if (range.start % GRAIN !== 0 || range.end % GRAIN !== 0) {
      throw new RangeError(`bucket ${bucket} does not begin and end at multiples of ${GRAIN} floats`);
    }
    const segment = alignedPart(range, owners, owner);
    const floats = segment.end - segment.start;
    const count = floats === 0 ? 0 : Math.max(1, Math.round(floats / chunkFloats));
    for (let index = 0; index < count; index++) {
      const { start, end } = alignedPart(segment, count, index);
      if (end === start) continue;
      const { wire } = range;
      chunks.push({ bucket, index, start, floats: end - start, wire, bytes: (end - start) * BYTES_PER_FLOAT[wire] });
    }
    ends.push(chunks.length);
  }
  return { owner, chunks, ends, maxBytes: Math.max(0, ...chunks.map(({ bytes }) => bytes)) };
}
