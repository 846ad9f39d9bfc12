import type { CompiledProgram, Engine } from '../../engine/interface/engine.ts';
import { evaluationChunks } from '../../shared/plan/schedule.ts';
import { forwardProgram, observingProgram, trainingProgram } from '../../engine/program/build.ts';
import type { StepProgram } from '../../engine/program/steps/program.ts';
import { sizeOf } from '../../shared/network/layout.ts';
import type { Network, NodeId } from '../../shared/network/network.ts';
import type { Blueprint } from '../assignment/blueprint.ts';

/** The step programs of a run, compiled: one for each number of samples that occurs. */
export class Programs {
  readonly #training: ReadonlyMap<number, CompiledProgram>;
  readonly #forward: ReadonlyMap<number, CompiledProgram>;

  readonly #observing = new Map<number, Promise<CompiledProgram>>();
  readonly #compile: (program: StepProgram) => Promise<CompiledProgram>;
  readonly #network: Network;

  private constructor(
    training: Map<number, CompiledProgram>,
    forward: Map<number, CompiledProgram>,
    network: Network,
    compile: (program: StepProgram) => Promise<CompiledProgram>,
  ) {
    this.#training = training;
    this.#forward = forward;
    this.#network = network;
    this.#compile = compile;
  }

  /** `warmUp`: what an engine does only in a program's first run is done, too. */
  static async compile(engine: Engine, blueprint: Blueprint, abreast: number, warmUp = false): Promise<Programs> {
    const { network, job, sizes, dataset, evaluationChunk, buckets } = blueprint;
    const training = new Map<number, CompiledProgram>();
    for (const size of sizes) {
      const program = trainingProgram(network, size, {
        labelSmoothing: job.labelSmoothing,
        ...(dataset.classWeights === undefined ? {} : { classWeights: dataset.classWeights }),
        precision: job.precision,
        softTargets: job.mixup > 0,
      });
      training.set(size, await engine.compile(program, { buckets: buckets.parameters, abreast }));
    }
    const forward = new Map<number, CompiledProgram>();
    const chunks = evaluationChunks(dataset.validationSamples, evaluationChunk);
    for (const size of new Set(chunks.map(({ start, end }) => end - start))) {
      forward.set(
        size,
        await engine.compile(forwardProgram(network, size, { labels: true }), { buckets: [], abreast }),
      );
    }
    if (warmUp) await runOnce(training, forward, blueprint, abreast);
    return new Programs(training, forward, network, (program) => engine.compile(program, { buckets: [] }));
  }

  training(samples: number): CompiledProgram {
    return compiled(this.#training, samples);
  }

  forward(samples: number): CompiledProgram {
    return compiled(this.#forward, samples);
  }

  /** Compiled when it is first wanted: few runs are looked into, and those at one or two sizes. */
  observing(samples: number, nodes: readonly NodeId[]): Promise<CompiledProgram> {
    const known = this.#observing.get(samples);
    if (known !== undefined) return known;
    const made = this.#compile(observingProgram(this.#network, samples, nodes));
    this.#observing.set(samples, made);
    return made;
  }
}

function compiled(programs: ReadonlyMap<number, CompiledProgram>, samples: number): CompiledProgram {
  const program = programs.get(samples);
  if (program === undefined) throw new RangeError(`no program was compiled for ${samples} samples`);
  return program;
}

/** Runs every program as the loop will: what comes out of zeros is nobody's. */
async function runOnce(
  training: ReadonlyMap<number, CompiledProgram>,
  forward: ReadonlyMap<number, CompiledProgram>,
  { network, layout }: Blueprint,
  abreast: number,
): Promise<void> {
  const [parameters, buffers] = [new Float32Array(layout.parameters.length), new Float32Array(layout.buffers.length)];
  const runs = [
    ...[...training].map(([samples, program]) => ({ samples, program, length: layout.length })),
    ...[...forward].map(([samples, program]) => ({ samples, program, length: 0 })),
  ];
  for (const { samples, program, length } of runs) {
    const inputs = {
      images: new Float32Array(samples * sizeOf(network.input)),
      labels: new Int32Array(samples),
      targets: new Float32Array(samples * network.outputs),
      parameters,
      buffers,
      masks: network.masks.map(({ shape }) => new Float32Array(samples * sizeOf(shape))),
    };
    const shares = Array.from({ length: abreast }, () => ({ inputs, vector: new Float32Array(length) }));
    await program.runAbreast(shares, () => undefined);
  }
}
