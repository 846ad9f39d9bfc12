import { Fold } from './kernels/fold.ts';
import type { ArenaLease } from './kernels/shared-arena.ts';
import type { Kernels } from './kernels/kernels.ts';
import { foldOrder, subtreesOf } from '../shared/plan/tree.ts';
import type { ChunkHead } from '../shared/protocol/chunk.ts';
import type { ReduceGroup } from './all-reduce.ts';
import type { Placement } from './chunk-link.ts';
import { type Chunk, KEPT_CHUNKS, type OwnedChunks } from './chunk-plan.ts';
import { ChunkStream } from './chunk-stream.ts';
import type { WireMemory } from './wire-memory.ts';

export interface OwnedFoldOptions {
  readonly group: Omit<ReduceGroup, 'rank'>;
  readonly kernels: Kernels;
  readonly owned: OwnedChunks;
  /** The rank whose contributions are in this process, and where they lie. */
  readonly local: { readonly rank: number; readonly wires: WireMemory } | null;
}

interface Remote {
  readonly stream: ChunkStream;
  readonly staging: number;
}

/**
 * The owner's part of a reduce-scatter: collects every rank's contributions to the chunks it owns, in a bounded ring for
 * each rank, and adds them up in the order of the tree, chunk by chunk.
 */
export class OwnedFold {
  readonly #kernels: Kernels;
  readonly #owned: OwnedChunks;
  readonly #placeBytes: number;
  readonly #remotes = new Map<number, Remote>();
  /** Of all ranks, in the order that the fold knows them by. */
  readonly #contributions: { readonly rank: number; readonly index: number }[] = [];
  readonly #local: OwnedFoldOptions['local'];
  readonly #fold: Fold;
  readonly #lease: ArenaLease;
  #folded = 0;

  constructor({ group, kernels, owned, local }: OwnedFoldOptions) {
    this.#kernels = kernels;
    this.#lease = kernels.arena.lease();
    this.#owned = owned;
    this.#local = local;
    this.#placeBytes = owned.maxBytes;
    const subtrees = group.held.map((held) => subtreesOf(group.leaves, held));
    for (const [rank, { length: contributions }] of subtrees.entries()) {
      for (let index = 0; index < contributions; index++) this.#contributions.push({ rank, index });
      if (rank === local?.rank) continue;
      const { generation, firstStep } = group;
      const stream = new ChunkStream({ generation, firstStep, phase: 'rs', owned, contributions });
      const staging = this.#lease.allocate(KEPT_CHUNKS * contributions * this.#placeBytes);
      this.#remotes.set(rank, { stream, staging });
    }
    this.#fold = new Fold(kernels, foldOrder(group.leaves, subtrees.flat()), this.#contributions.length, this.#lease);
  }

  /** Chunks folded, over all steps. */
  get folded(): number {
    return this.#folded;
  }

  /** The next chunk to fold, or null where nothing is owned. */
  get next(): { readonly chunk: Chunk; readonly stepIndex: number } | null {
    const { chunks } = this.#owned;
    if (chunks.length === 0) return null;
    return { chunk: chunks[this.#folded % chunks.length]!, stepIndex: Math.floor(this.#folded / chunks.length) };
  }

  /** Whether every other rank's contributions to the next chunk are here. */
  get ready(): boolean {
    for (const { stream } of this.#remotes.values()) if (stream.complete <= this.#folded) return false;
    return true;
  }

  /** Whether it stands between two steps: nothing of the next one has come. */
  get idle(): boolean {
    if (this.#owned.chunks.length > 0 && this.#folded % this.#owned.chunks.length !== 0) return false;
    for (const { stream } of this.#remotes.values()) if (stream.begun > this.#folded) return false;
    return true;
  }

  /** Chunks of `rank` that have completely come, over all steps. */
  completeOf(rank: number): number {
    return this.#remotes.get(rank)!.stream.complete;
  }

  /** Where a contribution from `rank` goes. @throws ProtocolError */
  place(rank: number, head: ChunkHead): Placement {
    const { stream } = this.#remotes.get(rank)!;
    stream.expect(head);
    if (stream.nextChunk - this.#folded >= KEPT_CHUNKS) return 'wait';
    return this.#kernels.arena.bytes(this.#place(rank, stream.nextChunk, stream.nextContribution), head.bytes);
  }

  arrived(rank: number): void {
    this.#remotes.get(rank)!.stream.advance();
  }

  /** Folds the next chunk, which must be `ready`, to byte address `to`, as it travels. */
  fold(to: number): void {
    const { chunk } = this.next!;
    const sources = this.#contributions.map(({ rank, index }) =>
      rank === this.#local?.rank
        ? this.#local.wires.takeContribution(index, chunk)
        : this.#place(rank, this.#folded, index),
    );
    if (chunk.wire === 'f32') this.#fold.run(to, sources, chunk.floats);
    else this.#fold.runBfloat16(to, sources, chunk.floats);
    this.#folded++;
  }

  /** Gives its memory back: nothing may be placed or folded any more. */
  release(): void {
    this.#lease.end();
  }

  #place(rank: number, count: number, contribution: number): number {
    const { stream, staging } = this.#remotes.get(rank)!;
    return staging + ((count % KEPT_CHUNKS) * stream.contributions + contribution) * this.#placeBytes;
  }
}
