import { alignUp } from '../../shared/network/layout.ts';
import type { ValueId } from '../program/steps/operations.ts';
import type { DType, ProgramInput, StepProgram } from '../program/steps/program.ts';
import { bufferPlaces, type Place, parameterPlaces } from '../program/steps/slots.ts';
import type { CompiledProgram, ProgramInputs, ProgramResult, ProgramSink } from '../interface/engine.ts';
import { inputValues } from '../interface/input-values.ts';
import type { Binding } from './binding.ts';
import { type Part, planParts } from './parts.ts';
import type { GraphOptions } from './lower/context.ts';
import { withPoolWorkspaces } from './pool-workspace.ts';
import { writeProgram } from './program-graph.ts';
import { SERVE_TAG, withSavedModel } from './graph/saved-model.ts';

interface PreparedPart extends Part {
  readonly feedNames: string;
  readonly fetchNames: string;
  /** The statistics that this part makes. */
  readonly statistics: StepProgram['statistics'];
}

export interface LoadOptions extends GraphOptions {
  readonly buckets: readonly (readonly number[])[];
  readonly parts: 'whole' | 'buckets';
  /** Of which types oneDNN's pools can be named (`poolWorkspaces`): they are needed where a graph runs in parts. */
  readonly poolWorkspaces: ReadonlySet<DType>;
}

/** A step program as a graph in a TensorFlow session. */
export class TensorflowProgram implements CompiledProgram {
  readonly program: StepProgram;
  readonly #binding: Binding;
  readonly #model: number;
  readonly #parts: readonly PreparedPart[];
  readonly #parameters: readonly Place[];
  readonly #buffers: readonly Place[];
  readonly #sources: ReadonlyMap<ValueId, ProgramInput['source']>;
  #disposed = false;

  static async load(binding: Binding, program: StepProgram, options: LoadOptions): Promise<TensorflowProgram> {
    // Only adds values behind those of `program`: its numbers hold for both.
    const written = withPoolWorkspaces(program, options.poolWorkspaces);
    const { graph, tensors } = writeProgram(written, options);
    const names = (values: readonly ValueId[]): string => values.map((value) => tensors[value]!).join();
    const parts = planParts(written, options.buckets, options.parts).map((part) => ({
      ...part,
      feedNames: names(part.feeds),
      fetchNames: names(part.fetches),
      statistics: program.statistics.filter(({ value }) => part.fetches.includes(value)),
    }));
    const model = await withSavedModel(graph, (folder) => binding.loadSavedModel(folder, SERVE_TAG));
    return new TensorflowProgram(binding, program, model, parts);
  }

  private constructor(binding: Binding, program: StepProgram, model: number, parts: readonly PreparedPart[]) {
    this.program = program;
    this.#binding = binding;
    this.#model = model;
    this.#parts = parts;
    this.#parameters = parameterPlaces(program);
    this.#buffers = bufferPlaces(program);
    this.#sources = new Map(program.inputs.map(({ value, source }) => [value, source]));
  }

  /** How many calls of TensorFlow a run makes. */
  get parts(): number {
    return this.#parts.length;
  }

  async run(inputs: ProgramInputs, sink?: ProgramSink): Promise<ProgramResult> {
    const { program } = this;
    if (this.#disposed) throw new TypeError('This program was disposed of.');
    if (program.kind === 'training' && sink === undefined) throw new TypeError('A training program needs a sink.');
    const tensors = new Map<ValueId, number>();
    let logits = new Float32Array(0);
    let losses = new Float32Array(0);
    const statistics = new Float32Array(program.kind === 'training' ? lengthOf(this.#buffers) : 0);
    try {
      for (const part of this.#parts) {
        this.#runPart(part, inputs, tensors);
        for (const value of part.fetches) {
          if (value === program.logits) logits = this.#read(tensors, value);
          else if (value === program.losses) losses = this.#read(tensors, value);
        }
        for (const { buffer, value } of part.statistics) {
          statistics.set(this.#read(tensors, value), this.#buffers[buffer]!.offset);
        }
        for (const { parameter, value } of part.gradients) {
          sink!.vector.set(this.#read(tensors, value), this.#parameters[parameter]!.offset);
        }
        for (const value of part.drops) {
          this.#binding.deleteTensor(tensors.get(value)!);
          tensors.delete(value);
        }
        for (const bucket of part.buckets) sink!.onBucket(bucket);
      }
    } finally {
      for (const tensor of tensors.values()) this.#binding.deleteTensor(tensor);
    }
    return { logits, losses, statistics };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#binding.deleteSavedModel(this.#model);
  }

  #runPart(part: PreparedPart, inputs: ProgramInputs, tensors: Map<ValueId, number>): void {
    const feeds = part.feeds.map((value) => {
      const known = tensors.get(value);
      if (known !== undefined) return known;
      const tensor = this.#createInput(value, inputs);
      tensors.set(value, tensor);
      return tensor;
    });
    const outputs = this.#binding.runSavedModel(this.#model, feeds, part.feedNames, part.fetchNames);
    part.fetches.forEach((value, index) => {
      tensors.set(value, outputs[index]!.id);
    });
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
