import type { EngineName } from '../../engine/interface/engine.ts';
import type { Inspection } from '../../shared/protocol/inspection.ts';
import type { ChunkSums } from '../../shared/protocol/shared.ts';

/** What the engine's thread spent of a step, in seconds. */
export interface ComputeTimes {
  readonly data: number;
  readonly compute: number;
  /** From the start of the step until all of it was computed. */
  readonly elapsed: number;
}

export type { ChunkSums };

/** Messages from the engine's thread to the transport thread. */
export type FromEngine =
  /** Introduce this worker to the coordinator. Engine and device are null where they are not known before the job is. */
  | { readonly type: 'join'; readonly engine: EngineName | null; readonly device: string | null }
  /** Programs are compiled. */
  | {
      readonly type: 'prepared';
      readonly engine: EngineName;
      readonly device: string;
      readonly threads: number;
      /** How many microbatches are computed at once: each in a vector of its own. */
      readonly abreast: number;
      /** Of a faster engine that is installed here and does not work: why, and what to do. Null: there is none. */
      readonly broken: string | null;
    }
  /** All of this worker's contributions to a bucket of gradients are in memory. */
  | { readonly type: 'contribute'; readonly stint: number; readonly step: number; readonly bucket: number }
  /** So are those to every bucket, and the tail. */
  | {
      readonly type: 'computed';
      readonly stint: number;
      readonly step: number;
      readonly times: ComputeTimes;
      /** Sum of the losses of this worker's own samples; null: it computes none. */
      readonly ownLossSum: number | null;
    }
  /** This worker's chunks, after so many committed steps. */
  | {
      readonly type: 'evaluated';
      readonly stint: number;
      readonly step: number;
      readonly chunks: readonly ChunkSums[];
    }
  /** A look inside the network, after a step that is committed. */
  | { readonly type: 'inspected'; readonly stint: number; readonly inspection: Inspection }
  /** So much memory has the engine, for the worker's metrics: told now and then, after a step. */
  | { readonly type: 'engineMemory'; readonly bytes: number }
  /** Somebody asks this worker to leave. */
  | { readonly type: 'interrupt' }
  /** This worker cannot go on: tell the coordinator, then answer `leave`. */
  | { readonly type: 'failed'; readonly code: string; readonly exitCode: number; readonly message: string };
