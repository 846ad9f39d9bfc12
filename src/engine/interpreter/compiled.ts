import { alignUp, sizeOf } from '../../shared/network/layout.ts';
import type { Operation, ValueId } from '../program/steps/operations.ts';
import type { ProgramInput, StepProgram } from '../program/steps/program.ts';
import { bufferPlaces, type Place, parameterPlaces } from '../program/steps/places.ts';
import type {
  CompiledProgram,
  CompileOptions,
  ProgramInputs,
  ProgramResult,
  ProgramSink,
  Share,
} from '../interface/engine.ts';
import { inputValues } from '../interface/input-values.ts';
import type { Backend, Tensor } from './backend/backend.ts';
import type { Lowering, LoweringTable } from './lower/lowering.ts';

type Supported = Exclude<Operation, { readonly op: 'cast' }>;

/** One operation and what is to be done after it. */
interface Step {
  readonly operation: Supported;
  readonly shapes: readonly (readonly number[])[];
  /** Parameters whose gradients are complete now. */
  readonly gradients: readonly { readonly parameter: number; readonly value: ValueId }[];
  /** Values that nobody reads any more. */
  readonly released: readonly ValueId[];
}

/** Runs a program operation by operation. Between runs it holds no tensor, only the arrays of its result. */
export class InterpretedProgram implements CompiledProgram {
  readonly program: StepProgram;
  readonly #backend: Backend;
  readonly #lowerings: LoweringTable;
  readonly #steps: readonly Step[];
  readonly #parameters: readonly Place[];
  readonly #buffers: readonly Place[];
  /** Bucket of each parameter, and how many parameters each bucket waits for. */
  readonly #bucketOf: readonly number[];
  readonly #bucketSizes: readonly number[];
  readonly #result: { -readonly [K in keyof ProgramResult]: ProgramResult[K] };

  constructor(program: StepProgram, options: CompileOptions, backend: Backend, lowerings: LoweringTable) {
    this.program = program;
    this.#backend = backend;
    this.#lowerings = lowerings;
    this.#steps = stepsOf(program);
    this.#parameters = parameterPlaces(program);
    this.#buffers = bufferPlaces(program);
    const buckets = program.kind === 'training' ? options.buckets : [];
    this.#bucketSizes = buckets.map((parameters) => parameters.length);
    this.#bucketOf = bucketOfEach(buckets, program);
    const last = program.kind === 'training' ? this.#buffers.at(-1) : undefined;
    this.#result = {
      logits: new Float32Array(sizeOf(program.values[program.logits]!.shape)),
      losses: new Float32Array(program.losses === null ? 0 : program.batch),
      statistics: new Float32Array(last === undefined ? 0 : alignUp(last.offset + last.size)),
    };
  }

  async run(inputs: ProgramInputs, sink?: ProgramSink): Promise<ProgramResult> {
    if (sink === undefined && this.program.kind === 'training') throw new Error('a training program needs a sink');
    const tensors = new Map<ValueId, Tensor>();
    try {
      for (const input of this.program.inputs) tensors.set(input.value, this.#upload(input, inputs));
      this.#runSteps(tensors, sink);
      this.#readResult(tensors);
    } finally {
      for (const tensor of tensors.values()) this.#backend.release(tensor);
    }
    return this.#result;
  }

  /** This engine divides operations, not runs: there is one at a time. */
  async runAbreast(shares: readonly Share[], onBucket: ProgramSink['onBucket']): Promise<readonly ProgramResult[]> {
    const [share, ...others] = shares;
    if (share === undefined || others.length > 0) throw new RangeError(`${shares.length} runs at once`);
    return [await this.run(share.inputs, { vector: share.vector, onBucket })];
  }

  dispose(): void {}

  #runSteps(tensors: Map<ValueId, Tensor>, sink: ProgramSink | undefined): void {
    const missing = [...this.#bucketSizes];
    let bucket = 0;
    for (const { operation, shapes, gradients, released } of this.#steps) {
      // The cast is sound: the lowering stands under the operation's own name.
      const lower = this.#lowerings[operation.op] as Lowering<Supported>;
      const outputs = lower(
        this.#backend,
        operation,
        operation.inputs.map((value) => tensors.get(value)!),
        shapes,
      );
      for (const [index, value] of operation.outputs.entries()) tensors.set(value, outputs[index]!);
      for (const { parameter, value } of gradients) {
        sink!.vector.set(this.#backend.floats(tensors.get(value)!), this.#parameters[parameter]!.offset);
        missing[this.#bucketOf[parameter]!]!--;
      }
      for (const value of released) {
        this.#backend.release(tensors.get(value)!);
        tensors.delete(value);
      }
      while (bucket < missing.length && missing[bucket] === 0) sink!.onBucket(bucket++);
    }
  }

  #upload({ value, source }: ProgramInput, inputs: ProgramInputs): Tensor {
    const { shape, dtype } = this.program.values[value]!;
    const places = { parameters: this.#parameters, buffers: this.#buffers };
    return this.#backend.upload(inputValues(source, inputs, places), shape, dtype === 'int32' ? 'int32' : 'float32');
  }

  #readResult(tensors: ReadonlyMap<ValueId, Tensor>): void {
    const { logits, losses, statistics, observed } = this.program;
    const read = (value: ValueId) => this.#backend.floats(tensors.get(value)!);
    this.#result.logits.set(read(logits));
    if (losses !== null) this.#result.losses.set(read(losses));
    for (const { buffer, value } of statistics) {
      this.#result.statistics.set(read(value), this.#buffers[buffer]!.offset);
    }
    if (observed !== undefined) this.#result.observed = observed.map((value) => Float32Array.from(read(value)));
  }
}

function stepsOf(program: StepProgram): readonly Step[] {
  const kept = new Set([
    program.logits,
    program.losses,
    ...program.statistics.map(({ value }) => value),
    ...(program.observed ?? []),
  ]);
  const released = program.operations.map((): ValueId[] => []);
  for (const [value, index] of program.lastUse.entries()) {
    if (index >= 0 && !kept.has(value)) released[index]!.push(value);
  }
  return program.operations.map((operation, index) => ({
    operation: supported(operation),
    shapes: operation.outputs.map((value) => program.values[value]!.shape),
    gradients: program.gradients.filter(({ readyAfter }) => readyAfter === index),
    released: released[index]!,
  }));
}

function supported(operation: Operation): Supported {
  if (operation.op === 'cast') throw new TypeError('This engine computes in float32 alone.');
  return operation;
}

function bucketOfEach(buckets: CompileOptions['buckets'], program: StepProgram): readonly number[] {
  const bucketOf: number[] = [];
  for (const [bucket, parameters] of buckets.entries()) {
    for (const parameter of parameters) {
      if (bucketOf[parameter] !== undefined) throw new Error(`parameter ${parameter} is in two buckets`);
      bucketOf[parameter] = bucket;
    }
  }
  for (const { parameter } of program.gradients) {
    if (bucketOf[parameter] === undefined) throw new Error(`parameter ${parameter} is in no bucket`);
  }
  return bucketOf;
}
