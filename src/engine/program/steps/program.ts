import type { Operation, ValueId } from './operations.ts';

/** `bfloat16` occurs within programs only: whatever goes in or comes out is float32 or int32. */
export type DType = 'float32' | 'bfloat16' | 'int32';

export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** For people: names in traces, error messages and TensorFlow's graph. Unique in a program, [A-Za-z0-9_./]+. */
  readonly name: string;
}

/** A value that is put in from outside for each run. */
export interface ProgramInput {
  readonly value: ValueId;
  readonly source: /** images, float32 [n, h, w, c], normalised */
    | { readonly kind: 'images' }
    /** labels, int32 [n] */
    | { readonly kind: 'labels' }
    /** soft targets in the place of labels, float32, of the shape of the logits */
    | { readonly kind: 'targets' }
    /** the index-th parameter of the network (ParameterLayout order) */
    | { readonly kind: 'parameter'; readonly index: number }
    /** the index-th buffer of the network (running statistics): forward-only programs, and frozen layers */
    | { readonly kind: 'buffer'; readonly index: number }
    /** the index-th dropout mask of the network: values 0 and 1/(1-rate) */
    | { readonly kind: 'mask'; readonly index: number };
}

/** A gradient: sum over the samples of the microbatch, of the shape of its parameter. */
export interface GradientOutput {
  readonly parameter: number;
  readonly value: ValueId;
  /** Index in `operations` of the call that completes it. */
  readonly readyAfter: number;
}

/**
 * A static list of kernel calls for one network and one microbatch size: forward, then backward (training), or forward
 * alone. There is no tape: last uses and the moment at which each gradient is ready are known beforehand.
 */
export interface StepProgram {
  readonly kind: 'training' | 'forward';
  /** Number of samples n. */
  readonly batch: number;
  readonly values: readonly Value[];
  readonly inputs: readonly ProgramInput[];
  readonly operations: readonly Operation[];
  /** lastUse[v]: index of the last operation that reads or writes value v, -1 if none does. Outputs are kept anyway. */
  readonly lastUse: readonly number[];
  /** float32 [n, classes] */
  readonly logits: ValueId;
  /** float32 [n]; absent in a forward program compiled without labels */
  readonly losses: ValueId | null;
  /**
   * In the order in which backward completes them: usually the last layer first. Frozen parameters have none. Empty in a
   * forward program.
   */
  readonly gradients: readonly GradientOutput[];
  /**
   * Batch statistics in buffer order (running_mean, running_var of each batch norm that is not frozen). Empty in a forward
   * program.
   */
  readonly statistics: readonly { readonly buffer: number; readonly value: ValueId }[];
  /** Values in between that somebody wants to look at, float32; absent: none. */
  readonly observed?: readonly ValueId[];
}
