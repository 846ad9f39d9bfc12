import type { Range } from '../plan/microbatches.ts';

/** What is the same for every step of a generation. */
export interface ReduceGroup {
  readonly generation: number;
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
  readonly buckets: readonly Range[];
}

/**
 * Sums one flat float32 vector over the ranks, in the order of the tree, bucket by bucket. Lives on the transport thread;
 * implementations: mesh (reduce-scatter and all-gather between peers) and star (the coordinator folds).
 */
export interface AllReduce {
  /**
   * All of this rank's contributions to `bucket` of `step` are in memory and do not change until the bucket is reduced
   * or the step aborted. Steps follow one another; buckets of a step come in order.
   */
  contribute(step: number, bucket: number): void;
  /** Drops whatever is in flight for `step`. After it no callback for that step is made. */
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
