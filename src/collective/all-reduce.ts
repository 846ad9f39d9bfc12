import type { Kernels } from './kernels/kernels.ts';
import type { Range } from '../shared/plan/microbatches.ts';
import type { ReduceBucket } from './wire.ts';

/** What is the same for every step of a generation. */
export interface ReduceGroup {
  readonly generation: number;
  /** The first step that is reduced; the others follow without a gap. */
  readonly firstStep: number;
  readonly rank: number;
  readonly ranks: number;
  /** Leaves of the tree of summation: the number of microbatches. */
  readonly leaves: number;
  /** Which leaves each rank holds (`dealMicrobatches`); its contributions are the `subtreesOf` these. */
  readonly held: readonly Range[];
  /**
   * Float ranges [start, end) of the step vector, in the order in which they are contributed; together they cover it;
   * bounds are multiples of 16.
   */
  readonly buckets: readonly ReduceBucket[];
}

/** Where a rank's vectors lie: full step vectors, views of the arena that the kernels run on. */
export interface ReduceMemory {
  readonly kernels: Kernels;
  /** One for each of the `subtreesOf` what this rank holds. */
  readonly contributions: readonly Float32Array[];
  /** May be the first of `contributions`, which its sum then overwrites. */
  readonly result: Float32Array;
  /**
   * Room for what travels as bfloat16, as long as the vectors: one for each contribution, but one at least. None where
   * every bucket travels as float32.
   */
  readonly twins: readonly Uint16Array[];
}

/**
 * Sums one flat float32 vector over the ranks, in the order of the tree, bucket by bucket. Lives on the transport thread;
 * implementations: mesh (reduce-scatter and all-gather between peers) and star (the coordinator folds).
 */
export interface AllReduce {
  /**
   * All of this rank's contributions to `bucket` of `step` are in memory and do not change until the bucket is reduced
   * or the step aborted; from now on its part of the result may be written. A rank that contributes nothing calls it,
   * too. Steps follow one another; buckets of a step come in order. No callback is made from within.
   */
  contribute(step: number, bucket: number): void;
  /**
   * Drops whatever is in flight for `step`: from then on no byte of the caller's memory is read or written and no
   * callback made. The generation is spent; the step is run again in a new one, with a new AllReduce.
   */
  abort(step: number): void;
  /** Bytes of payload since the start of the generation. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Ends the generation: closes the links, frees nothing of the caller's memory. */
  close(): void;
}

export interface AllReduceCallbacks {
  /** The sum of `bucket` is in the result vector, the same bytes at every rank. In the order of buckets. */
  readonly onReduced: (step: number, bucket: number) => void;
  /** A link broke or a peer broke the protocol. `rank` is null for the star's hub. Called at most once. */
  readonly onLost: (rank: number | null, reason: string) => void;
}
