import type { StepVectorLayout } from '../../shared/network/layout.ts';

/** Gives a zeroed vector at a multiple of 64 bytes in memory that both threads see. */
export type Allocate = (floats: number) => Float32Array;

/** A value and the one that will replace it at the commit. Which is which is a number, 0 or 1, that the commit flips. */
export type Double<T> = readonly [T, T];
export type Side = 0 | 1;

export function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

/** The replica of the model: the transport thread writes it, the engine reads the committed side. */
export interface ReplicaMemory {
  readonly parameters: Double<Float32Array>;
  /** Running statistics. */
  readonly buffers: Double<Float32Array>;
  /** State of the optimizer: one flat vector in the layout of the parameters for each of its moments. */
  readonly moments: Double<readonly Float32Array[]>;
}

/** What a step is computed in: the engine writes `vectors`, the all-reduce `result`. */
export interface StepMemory {
  /** As many as `Accumulation.vectors`; the first ones are this worker's contributions. */
  readonly vectors: readonly Float32Array[];
  /** The first of `vectors`, where there is one: a sum only comes when nobody needs this worker's part of it any more. */
  readonly result: Float32Array;
  /** For the all-reduce: one for each contribution where gradients travel as bfloat16, else none. */
  readonly twins: readonly Uint16Array[];
}

function twice<T>(make: () => T): Double<T> {
  return [make(), make()];
}

export function allocateReplica(allocate: Allocate, layout: StepVectorLayout, moments: number): ReplicaMemory {
  return {
    parameters: twice(() => allocate(layout.parameters.length)),
    buffers: twice(() => allocate(layout.buffers.length)),
    moments: twice(() => Array.from({ length: moments }, () => allocate(layout.parameters.length))),
  };
}

/**
 * The step memory of one generation after the other. A generation may need more vectors than the one before (other ranks
 * hold other subtrees), never other sizes, so vectors are kept and used again.
 */
export class StepMemoryPool {
  readonly #allocate: Allocate;
  readonly #length: number;
  readonly #vectors: Float32Array[] = [];
  readonly #twins: Uint16Array[] = [];
  #received: Float32Array | null = null;

  constructor(allocate: Allocate, layout: StepVectorLayout) {
    this.#allocate = allocate;
    this.#length = layout.length;
  }

  /** A worker that computes nothing still takes part in every sum: it has a vector for that. */
  take(vectors: number, twins = 0): StepMemory {
    while (this.#twins.length < twins) this.#twins.push(this.#allocateTwin());
    while (this.#vectors.length < Math.max(1, vectors)) this.#vectors.push(this.#allocate(this.#length));
    return { vectors: this.#vectors.slice(0, vectors), result: this.#vectors[0]!, twins: this.#twins.slice(0, twins) };
  }

  /**
   * A vector for what another worker reduced. Of its own: while this worker is healed, its engine may still be writing to
   * those of a generation that has ended.
   */
  received(): Float32Array {
    this.#received ??= this.#allocate(this.#length);
    return this.#received;
  }

  #allocateTwin(): Uint16Array {
    const { buffer, byteOffset } = this.#allocate(Math.ceil(this.#length / 2));
    return new Uint16Array(buffer, byteOffset, this.#length);
  }
}
