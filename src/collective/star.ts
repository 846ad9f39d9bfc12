import type { ChunkHead } from '../shared/protocol/chunk.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { AllReduceCallbacks, ReduceGroup, ReduceMemory } from './all-reduce.ts';
import type { ChunkLink, ChunkSink, Placement } from './chunk-link.ts';
import { type OwnedChunks, ownedChunks, starChunkFloats } from './chunk-plan.ts';
import { ChunkStream } from './chunk-stream.ts';
import { Participant } from './participant.ts';

/** All-reduce through the coordinator, whose hub owns every chunk. This is a worker's end. */
export class StarAllReduce extends Participant {
  readonly #owned: OwnedChunks;
  readonly #rs: ChunkStream;
  readonly #ag: ChunkStream;
  #link: ChunkLink | null = null;

  constructor(
    group: ReduceGroup,
    memory: ReduceMemory,
    callbacks: AllReduceCallbacks,
    chunkFloats = starChunkFloats(group),
  ) {
    super(group, memory, callbacks);
    const { generation, firstStep, buckets } = group;
    const owned = ownedChunks(buckets, 1, 0, chunkFloats);
    const stream = { generation, firstStep, owned };
    this.#owned = owned;
    this.#rs = new ChunkStream({ ...stream, phase: 'rs', contributions: memory.contributions.length });
    this.#ag = new ChunkStream({ ...stream, phase: 'ag', contributions: 1 });
  }

  /** Bytes of the largest chunk that may come. */
  get maxChunkBytes(): number {
    return this.#owned.maxBytes;
  }

  sink(): ChunkSink {
    const handlers = {
      place: (head: ChunkHead) => this.#place(head),
      arrived: () => this.#sumArrived(),
    };
    return this.sinkOf(null, handlers, () => this.#link!);
  }

  /** To be called once, before anything is contributed. */
  open(link: ChunkLink): void {
    this.#link = link;
    this.useLinks([link]);
  }

  protected override sendContributions(bucket: number, stepIndex: number): void {
    const { chunks, ends } = this.#owned;
    const to = stepIndex * chunks.length + ends[bucket]!;
    const from = stepIndex * chunks.length + (bucket === 0 ? 0 : ends[bucket - 1]!);
    for (let count = from; count < to; count++) {
      const { chunk } = this.#rs.at(count);
      for (const index of this.memory.contributions.keys()) {
        this.send(this.#link!, this.#rs.head(count, index), this.wires.contribution(index, chunk));
      }
    }
  }

  protected override advance(): void {
    // The hub does it all.
  }

  protected override isReduced(bucket: number, stepIndex: number): boolean {
    const { chunks, ends } = this.#owned;
    return this.#ag.complete >= stepIndex * chunks.length + ends[bucket]!;
  }

  protected override hasAll(_rank: null, steps: number): boolean {
    return this.#ag.complete >= steps * this.#owned.chunks.length;
  }

  #place(head: ChunkHead): Placement {
    if (head.phase !== 'ag') throw new ProtocolError('outOfTurn', 'A worker folds nothing for the coordinator.');
    this.#ag.expect(head);
    const { chunk, stepIndex } = this.#ag.at(this.#ag.nextChunk);
    if (!this.ledger.has(stepIndex, chunk.bucket)) return 'wait';
    return this.wires.sum(chunk);
  }

  #sumArrived(): void {
    this.wires.summed(this.#ag.at(this.#ag.nextChunk).chunk);
    this.#ag.advance();
  }
}
