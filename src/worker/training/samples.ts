import type { Range } from '../../shared/plan/microbatches.ts';

/** Decoded, normalised samples in memory that the engine can read in place, until `release`. */
export interface Samples {
  readonly count: number;
  readonly images: Float32Array;
  readonly labels: Int32Array;
  release(): void;
}

export interface Microbatch extends Samples {
  readonly step: number;
  readonly microbatch: number;
  /** Of a network's outputs for each sample, where labels are mixed; otherwise empty or absent. */
  readonly targets?: Float32Array;
  /** For each dropout layer. */
  readonly masks: readonly Float32Array[];
}

/** Decoded samples, as the engine's thread takes them from the input pipeline. */
export interface SampleFeed {
  /** How many microbatches can be held at once, so that others are made ready meanwhile. */
  readonly abreast: number;
  assign(assignment: {
    readonly fromStep: number;
    readonly microbatches: Range;
    /** The chunks of validation samples that will be asked for. */
    readonly evaluation?: readonly Range[];
  }): void;
  /** The assigned microbatches by step, then by number; those without samples, too. */
  next(): Promise<Microbatch>;
  /** Chunks of validation samples, in the order of calls. */
  evaluation(chunk: Range): Promise<Samples>;
  close(): Promise<void>;
}
