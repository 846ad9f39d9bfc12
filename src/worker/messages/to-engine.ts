import type { Range } from '../../shared/plan/microbatches.ts';
import type { Assignment } from '../assignment/blueprint.ts';
import type { ReplicaMemory, Side } from '../assignment/memory.ts';

/** What the engine reads of the replica. */
export type ReadableReplica = Pick<ReplicaMemory, 'parameters' | 'buffers'> & {
  /** What is evaluated in place of the parameters; null: they are. */
  readonly averaged: ReplicaMemory['parameters'] | null;
};

/** Messages from the transport thread to the engine's thread. */
export type ToEngine =
  /** The run is known: make the engine ready, then answer `prepared`. */
  | {
      readonly type: 'prepare';
      readonly assignment: Assignment;
      /** In which the vectors of `train` will lie. */
      readonly memory: WebAssembly.Memory;
      /** Others train meanwhile, and will wait for this worker's first step: compute one before. */
      readonly warmUp: boolean;
    }
  /** What the next `train` will be about: its samples are read while the links are made. */
  | {
      readonly type: 'assign';
      readonly rank: number;
      readonly ranks: number;
      readonly microbatches: Range;
      readonly step: number;
    }
  /** Train, from `step` on, as this rank, what was assigned last. Ends after a `committed` that says so, or with `halt`. */
  | {
      readonly type: 'train';
      /** Number of this stint: all that is said of it names it. */
      readonly stint: number;
      readonly rank: number;
      readonly ranks: number;
      /** What this worker computes of each step. */
      readonly microbatches: Range;
      /** First evaluate what is committed. Where no step of the plan is left, that is all. */
      readonly evaluate: boolean;
      readonly step: number;
      /** Side of the replica that holds the committed state. */
      readonly side: Side;
      readonly replica: ReadableReplica;
      readonly vectors: readonly Float32Array[];
    }
  /** A step is committed. */
  | {
      readonly type: 'committed';
      readonly step: number;
      readonly side: Side;
      /** Evaluate this worker's chunks on the committed state, then answer `evaluated`. */
      readonly evaluate: boolean;
      /** No step follows in this stint. */
      readonly last: boolean;
    }
  /** Give up the running step: it will not be committed. */
  | { readonly type: 'halt' }
  /** The process is to end with this exit code; `message` is for the person at the terminal. */
  | { readonly type: 'leave'; readonly exitCode: number; readonly code: string; readonly message: string };
