import { type ChunkHead, type ChunkPhase, describeChunk } from '../shared/protocol/chunk.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { Chunk, OwnedChunks } from './chunk-plan.ts';

export interface StreamOptions {
  readonly generation: number;
  readonly firstStep: number;
  readonly phase: ChunkPhase;
  readonly owned: OwnedChunks;
  /** Frames for each chunk: the sender's contributions (rs) or 1 (ag). */
  readonly contributions: number;
}

/**
 * The chunks of one phase between two ranks. Their order is fixed over the whole generation: step by step, chunk by
 * chunk, contribution by contribution. So the sender needs no answer, and the receiver knows what must come next.
 */
export class ChunkStream {
  readonly contributions: number;
  readonly #options: StreamOptions;
  readonly #perStep: number;
  #frames = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.contributions = options.contributions;
    this.#perStep = options.owned.chunks.length;
  }

  /** Chunks, over all steps, of which every contribution has arrived. A stream without frames is always complete. */
  get complete(): number {
    return this.contributions === 0 ? Number.POSITIVE_INFINITY : Math.floor(this.#frames / this.contributions);
  }

  /** Chunks, over all steps, of which any contribution has arrived. */
  get begun(): number {
    return this.contributions === 0 ? 0 : Math.ceil(this.#frames / this.contributions);
  }

  /** Which chunk the next frame belongs to, counted over all steps. */
  get nextChunk(): number {
    return Math.floor(this.#frames / this.contributions);
  }

  get nextContribution(): number {
    return this.#frames % this.contributions;
  }

  /** The chunk that the `count`-th of the generation is, and how many steps after the first. */
  at(count: number): { readonly chunk: Chunk; readonly stepIndex: number } {
    return {
      chunk: this.#options.owned.chunks[count % this.#perStep]!,
      stepIndex: Math.floor(count / this.#perStep),
    };
  }

  head(count: number, contribution: number): ChunkHead {
    const { generation, firstStep, phase, owned } = this.#options;
    const { chunk, stepIndex } = this.at(count);
    return {
      generation,
      step: firstStep + stepIndex,
      phase,
      bucket: chunk.bucket,
      contribution,
      owner: owned.owner,
      chunk: chunk.index,
      bytes: chunk.bytes,
    };
  }

  /** @throws ProtocolError unless `head` is the one that is due */
  expect(head: ChunkHead): void {
    if (this.#perStep === 0 || this.contributions === 0) {
      throw new ProtocolError('outOfTurn', `No ${head.phase} chunk is due from you, but ${describeChunk(head)} came.`);
    }
    const due = this.head(this.nextChunk, this.nextContribution);
    const same =
      head.generation === due.generation &&
      head.step === due.step &&
      head.phase === due.phase &&
      head.bucket === due.bucket &&
      head.contribution === due.contribution &&
      head.owner === due.owner &&
      head.chunk === due.chunk &&
      head.bytes === due.bytes;
    if (!same) throw new ProtocolError('outOfTurn', `Due is ${describeChunk(due)}; came ${describeChunk(head)}.`);
  }

  /** The frame that was due has arrived. */
  advance(): void {
    this.#frames++;
  }
}
