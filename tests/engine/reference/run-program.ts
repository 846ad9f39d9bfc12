import type { CompiledProgram, CompileOptions, Engine } from '../../../src/engine/interface/engine.ts';
import type { ValueId } from '../../../src/engine/program/steps/operations.ts';
import type { ProgramInput, StepProgram } from '../../../src/engine/program/steps/program.ts';
import { bufferPlaces, type Place, parameterPlaces } from '../../../src/engine/program/steps/places.ts';
import { randomTensor, type Tensor64 } from './tensor.ts';

/** Random values for every input of a program; labels are within the classes. */
export function randomInputs(program: StepProgram, seed: number): Map<ValueId, Tensor64> {
  const binary = program.operations.some(({ op }) => op === 'sigmoidCrossEntropy');
  const classes = binary ? 2 : program.values[program.logits]!.shape[1]!;
  return new Map(
    program.inputs.map(({ value, source }, stream) => {
      const tensor = randomTensor(program.values[value]!.shape, seed, stream);
      if (source.kind === 'targets') return [value, { ...tensor, data: shares(tensor) }];
      return [value, { ...tensor, data: tensor.data.map(into(source, classes)) }];
    }),
  );
}

/** Of each class, one in all; of a single one, between none and all. */
function shares({ shape, data }: Tensor64): Float64Array {
  const classes = shape[1]!;
  if (classes === 1) return data.map((x) => Math.fround(Math.abs(x) % 1));
  // The last class has what is left, and others have nothing.
  return data.map((_, i) => {
    const first = Math.fround(Math.abs(data[i - (i % classes)]!) % 1);
    if (i % classes === 0) return first;
    return i % classes === classes - 1 ? 1 - first : 0;
  });
}

function into(source: ProgramInput['source'], classes: number): (x: number) => number {
  if (source.kind === 'labels') return (x) => Math.floor(Math.abs(x) * 1000) % classes;
  if (source.kind === 'mask') return (x) => (x > 0 ? 2 : 0);
  if (source.kind === 'buffer') return (x) => Math.fround(Math.abs(x) + 0.1);
  return (x) => x;
}

/** What a run gave, by value of the program. */
export interface Outcome {
  readonly logits: Float32Array;
  readonly losses: Float32Array;
  readonly statistics: Float32Array;
  /** By index of the parameter; empty where it is frozen. */
  readonly gradients: readonly Float32Array[];
  readonly buckets: readonly number[];
}

/** Runs a program on an engine once; where no buckets are given, each parameter is in one of its own. */
export async function runProgram(
  engine: Engine,
  program: StepProgram,
  inputs: ReadonlyMap<ValueId, Tensor64>,
  buckets: CompileOptions['buckets'] = program.gradients.map(({ parameter }) => [parameter]),
): Promise<Outcome> {
  const compiled = await engine.compile(program, { buckets });
  try {
    return await runCompiled(compiled, inputs);
  } finally {
    compiled.dispose();
  }
}

export async function runCompiled(compiled: CompiledProgram, inputs: ReadonlyMap<ValueId, Tensor64>): Promise<Outcome> {
  const { program } = compiled;
  const parameters = parameterPlaces(program);
  const buffers = bufferPlaces(program);
  const given = {
    targets: new Float32Array(0),
    images: new Float32Array(0),
    labels: new Int32Array(program.batch),
    parameters: flatVector(parameters),
    buffers: flatVector(buffers),
    masks: [] as Float32Array[],
  };
  for (const { value, source } of program.inputs) {
    const { data } = inputs.get(value)!;
    if (source.kind === 'images') given.images = Float32Array.from(data);
    else if (source.kind === 'labels') given.labels = Int32Array.from(data);
    else if (source.kind === 'targets') given.targets = Float32Array.from(data);
    else if (source.kind === 'mask') given.masks[source.index] = Float32Array.from(data);
    else if (source.kind === 'parameter') given.parameters.set(data, parameters[source.index]!.offset);
    else given.buffers.set(data, buffers[source.index]!.offset);
  }
  const vector = flatVector(parameters).fill(Number.NaN);
  const trained = new Set(program.gradients.map(({ parameter }) => parameter));
  const left: number[] = [];
  const result = await compiled.run(given, { vector, onBucket: (bucket) => left.push(bucket) });
  return {
    logits: result.logits.slice(),
    losses: result.losses.slice(),
    statistics: result.statistics.slice(),
    gradients: parameters.map(({ offset, size }, index) =>
      vector.slice(offset, trained.has(index) ? offset + size : offset),
    ),
    buckets: left,
  };
}

function flatVector(places: readonly Place[]): Float32Array {
  const last = places.at(-1);
  return new Float32Array(last === undefined ? 0 : last.offset + last.size);
}
