import { alignUp } from '../../shared/network/layout.ts';
import type { ValueId } from '../program/steps/operations.ts';
import type { DType, ProgramInput, StepProgram } from '../program/steps/program.ts';
import { bufferPlaces, type Place, parameterPlaces } from '../program/steps/places.ts';
import type { CompiledProgram, ProgramInputs, ProgramResult, ProgramSink, Share } from '../interface/engine.ts';
import { inputValues } from '../interface/input-values.ts';
import type { Binding } from './binding.ts';
import { type Part, planParts } from './parts.ts';
import type { GraphOptions } from './lower/context.ts';
import { withPoolWorkspaces } from './pool-workspace.ts';
import { type ProgramGraph, sharedInputs, writeProgram } from './program-graph.ts';
import { SERVE_TAG, withSavedModel } from './graph/saved-model.ts';

/** A part as so many runs at once call it: what is fed and fetched, in order, and whose it is. */
interface Call {
  readonly feeds: readonly Handle[];
  readonly feedNames: string;
  readonly fetches: readonly Handle[];
  readonly fetchNames: string;
  readonly drops: readonly Handle[];
}

/** A value of one of the runs at once. What all of them share is the first one's. */
interface Handle {
  readonly run: number;
  readonly value: ValueId;
}

/** What the runs under way hold, one map for each. */
type Tensors = readonly Map<ValueId, number>[];

export interface LoadOptions extends GraphOptions {
  readonly buckets: readonly (readonly number[])[];
  /** How many runs at once there may be. */
  readonly abreast: number;
  readonly parts: 'whole' | 'buckets';
  /** Of which types oneDNN's pools can be named (`poolWorkspaces`): they are needed where a graph runs in parts. */
  readonly poolWorkspaces: ReadonlySet<DType>;
}

/**
 * A step program as a graph in a TensorFlow session, written there as often as there may be runs at once: TensorFlow
 * computes of it what is fetched, and side by side what does not depend on each other.
 */
export class TensorflowProgram implements CompiledProgram {
  readonly program: StepProgram;
  readonly #binding: Binding;
  readonly #model: number;
  readonly #parts: readonly Part[];
  /** Of each copy of the program, the tensor of each value. */
  readonly #copies: readonly ProgramGraph['tensors'][];
  /** The calls of a run of one, of two at once, ...: made when first wanted. */
  readonly #calls = new Map<number, readonly Call[]>();
  readonly #shared: ReadonlySet<ValueId>;
  readonly #parameters: readonly Place[];
  readonly #buffers: readonly Place[];
  readonly #sources: ReadonlyMap<ValueId, ProgramInput['source']>;
  #disposed = false;

  static async load(binding: Binding, program: StepProgram, options: LoadOptions): Promise<TensorflowProgram> {
    // Only adds values behind those of `program`: its numbers hold for both.
    const written = withPoolWorkspaces(program, options.poolWorkspaces);
    const first = writeProgram(written, options);
    const copies = [first.tensors];
    while (copies.length < options.abreast) copies.push(writeProgram(written, options, first).tensors);
    const parts = planParts(written, options.buckets, options.parts);
    const model = await withSavedModel(first.graph, (folder) => binding.loadSavedModel(folder, SERVE_TAG));
    return new TensorflowProgram(binding, program, model, parts, copies);
  }

  private constructor(
    binding: Binding,
    program: StepProgram,
    model: number,
    parts: readonly Part[],
    copies: readonly ProgramGraph['tensors'][],
  ) {
    this.program = program;
    this.#binding = binding;
    this.#model = model;
    this.#parts = parts;
    this.#copies = copies;
    this.#shared = sharedInputs(program);
    this.#parameters = parameterPlaces(program);
    this.#buffers = bufferPlaces(program);
    this.#sources = new Map(program.inputs.map(({ value, source }) => [value, source]));
  }

  /** How many calls of TensorFlow a run makes. */
  get parts(): number {
    return this.#parts.length;
  }

  async run(inputs: ProgramInputs, sink?: ProgramSink): Promise<ProgramResult> {
    this.#check();
    if (this.program.kind === 'training' && sink === undefined) throw new TypeError('A training program needs a sink.');
    const share = { inputs, vector: sink?.vector ?? new Float32Array(0) };
    const [result] = await this.runAbreast([share], sink?.onBucket ?? (() => undefined));
    return result!;
  }

  async runAbreast(shares: readonly Share[], onBucket: ProgramSink['onBucket']): Promise<readonly ProgramResult[]> {
    this.#check();
    const calls = this.#callsOf(shares.length);
    const { kind } = this.program;
    const results = shares.map(() => ({
      logits: new Float32Array(0),
      losses: new Float32Array(0),
      statistics: new Float32Array(kind === 'training' ? lengthOf(this.#buffers) : 0),
    }));
    const tensors: Tensors = shares.map(() => new Map());
    try {
      for (const [index, part] of this.#parts.entries()) {
        const call = calls[index]!;
        this.#call(call, shares, tensors);
        for (const [run, result] of results.entries()) this.#take(part, tensors[run]!, result, shares[run]!.vector);
        for (const { run, value } of call.drops) {
          this.#binding.deleteTensor(tensors[run]!.get(value)!);
          tensors[run]!.delete(value);
        }
        for (const bucket of part.buckets) onBucket(bucket);
      }
    } finally {
      for (const held of tensors) for (const tensor of held.values()) this.#binding.deleteTensor(tensor);
    }
    return results;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#binding.deleteSavedModel(this.#model);
  }

  #check(): void {
    if (this.#disposed) throw new TypeError('This program was disposed of.');
  }

  #callsOf(runs: number): readonly Call[] {
    const { length } = this.#copies;
    if (runs < 1 || runs > length) throw new RangeError(`${runs} runs at once of a program compiled for ${length}`);
    const known = this.#calls.get(runs);
    if (known !== undefined) return known;
    const handles = (values: readonly ValueId[]): Handle[] =>
      values.flatMap((value) =>
        Array.from({ length: this.#shared.has(value) ? 1 : runs }, (_, run) => ({ run, value })),
      );
    const names = (of: readonly Handle[]): string => of.map(({ run, value }) => this.#copies[run]![value]!).join();
    const calls = this.#parts.map((part) => {
      const [feeds, fetches, drops] = [handles(part.feeds), handles(part.fetches), handles(part.drops)];
      return { feeds, feedNames: names(feeds), fetches, fetchNames: names(fetches), drops };
    });
    this.#calls.set(runs, calls);
    return calls;
  }

  #call({ feeds, feedNames, fetches, fetchNames }: Call, shares: readonly Share[], tensors: Tensors): void {
    const fed = feeds.map(({ run, value }) => {
      const known = tensors[run]!.get(value);
      if (known !== undefined) return known;
      const tensor = this.#createInput(value, shares[run]!.inputs);
      tensors[run]!.set(value, tensor);
      return tensor;
    });
    const outputs = this.#binding.runSavedModel(this.#model, fed, feedNames, fetchNames);
    fetches.forEach(({ run, value }, index) => {
      tensors[run]!.set(value, outputs[index]!.id);
    });
  }

  /** What a run is there for, of what a part has made. */
  #take(
    { fetches, gradients }: Part,
    tensors: ReadonlyMap<ValueId, number>,
    result: { -readonly [K in keyof ProgramResult]: ProgramResult[K] },
    vector: Float32Array,
  ): void {
    const { logits, losses, statistics, observed } = this.program;
    const made = new Set(fetches);
    if (observed !== undefined) {
      // A program that is looked into has no gradients, and so a single part.
      result.observed = observed.map((value) => this.#read(tensors, value));
    }
    if (made.has(logits)) result.logits = this.#read(tensors, logits);
    if (losses !== null && made.has(losses)) result.losses = this.#read(tensors, losses);
    for (const { buffer, value } of statistics) {
      if (made.has(value)) result.statistics.set(this.#read(tensors, value), this.#buffers[buffer]!.offset);
    }
    for (const { parameter, value } of gradients) {
      vector.set(this.#read(tensors, value), this.#parameters[parameter]!.offset);
    }
  }

  #createInput(value: ValueId, inputs: ProgramInputs): number {
    const { shape, dtype } = this.program.values[value]!;
    const type = dtype === 'float32' ? this.#binding.TF_FLOAT : this.#binding.TF_INT32;
    const places = { parameters: this.#parameters, buffers: this.#buffers };
    return this.#binding.createTensor(shape, type, inputValues(this.#sources.get(value)!, inputs, places));
  }

  #read(tensors: ReadonlyMap<ValueId, number>, value: ValueId): Float32Array<ArrayBuffer> {
    return this.#binding.tensorDataSync(tensors.get(value)!) as Float32Array<ArrayBuffer>;
  }
}

function lengthOf(places: readonly Place[]): number {
  const last = places.at(-1);
  return last === undefined ? 0 : alignUp(last.offset + last.size);
}
