import type { Precision } from '../program/build.ts';
import type { StepProgram } from '../program/steps/program.ts';

export type EngineName = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

export interface EngineOptions {
  /** Threads for one operation. */
  readonly threads: number;
  /** That the engine may use; default: as many as `threads`. */
  readonly cores?: number;
}

/** What a program runs on. All arrays may lie in shared memory; none may change until `run` has resolved. */
export interface ProgramInputs {
  /** float32 [n, h, w, c] */
  readonly images: Float32Array;
  /** int32 [n]; an array of zeros where the program has no labels */
  readonly labels: Int32Array;
  /** float32 [n, outputs]; programs with soft targets read it, others have none */
  readonly targets?: Float32Array;
  /** The flat parameter vector (`parameterLayout`). */
  readonly parameters: Float32Array;
  /** The flat buffer vector (`bufferLayout`); forward programs and frozen layers read it. */
  readonly buffers: Float32Array;
  /** One per mask of the network, float32 [n, ...shape]. Forward programs read none. */
  readonly masks: readonly Float32Array[];
}

/** Where a training run puts what it computes. */
export interface ProgramSink {
  /** The flat step vector (`stepVectorLayout`): gradients are written at their parameters' spans, overwriting. */
  readonly vector: Float32Array;
  /**
   * Called when all gradients of bucket `b` (see `CompileOptions.buckets`) are in `vector`, in the order 0, 1, 2, ...
   * while later ones may still be computed.
   */
  readonly onBucket: (bucket: number) => void;
}

/** One of several runs at once. */
export interface Share {
  readonly inputs: ProgramInputs;
  readonly vector: ProgramSink['vector'];
}

export interface CompileOptions {
  /** How many runs at once there may be; default 1, and at most the engine's `abreast`. */
  readonly abreast?: number;
  /**
   * Training programs: the parameters of each bucket, in the order in which buckets leave (last layer first). Every
   * parameter that has a gradient is in exactly one. An engine may compute several at once.
   */
  readonly buckets: readonly (readonly number[])[];
}

export interface ProgramResult {
  /** float32 [n, classes]; valid until the next run */
  readonly logits: Float32Array;
  /** float32 [n]; empty without labels; valid until the next run */
  readonly losses: Float32Array;
  /**
   * Batch statistics in the layout of `bufferLayout` (means and unbiased variances of the microbatch); empty in forward
   * programs, zero where a layer is frozen; valid until the next run.
   */
  readonly statistics: Float32Array;
  /** The program's observed values, in their order; absent where it has none. Valid until the next run. */
  readonly observed?: readonly Float32Array[];
}

/** A step program made ready to run again and again. */
export interface CompiledProgram {
  readonly program: StepProgram;
  /** `sink` is required for training programs. Not reentrant. */
  run(inputs: ProgramInputs, sink?: ProgramSink): Promise<ProgramResult>;
  /**
   * Several runs at once on the same parameters, each with the bits that it has alone. Training programs: a bucket is called out
   * when it is in the vectors of all; others leave the vectors alone. Not reentrant.
   */
  runAbreast(shares: readonly Share[], onBucket: ProgramSink['onBucket']): Promise<readonly ProgramResult[]>;
  dispose(): void;
}

/** A backend that runs step programs. One per process; lives on the main thread, which its calls block. */
export interface Engine {
  readonly name: EngineName;
  /** `CPU`, `NVIDIA H100`, ... */
  readonly device: string;
  readonly threads: number;
  /** How many runs of a program it computes at once: on more cores than the threads of one operation take. */
  readonly abreast: number;
  /** What training programs may compute in. */
  readonly precisions: readonly Precision[];
  compile(program: StepProgram, options: CompileOptions): Promise<CompiledProgram>;
  /** Live tensors, for the leak test. */
  tensorCount(): number;
  /** Bytes that it has taken; null: it does not know. */
  memoryBytes(): number | null;
  dispose(): void;
}
