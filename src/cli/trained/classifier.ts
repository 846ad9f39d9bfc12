import { createEngine } from '../../engine/create.ts';
import type { CompiledProgram, Engine, EngineName } from '../../engine/interface/engine.ts';
import { forwardProgram } from '../../engine/program/build.ts';
import { normaliser } from '../../worker/input/normalise.ts';
import { printFailure } from '../command/failure.ts';
import type { TrainedModel } from './model.ts';

export interface Classified {
  /** [n, outputs of the network] */
  readonly logits: Float32Array;
  /** [n]; of the labels that were given */
  readonly losses: Float32Array;
}

/** Runs a trained network forward on decoded images. */
export class Classifier {
  readonly engine: Engine;
  readonly #model: TrainedModel;
  readonly #programs = new Map<number, CompiledProgram>();

  private constructor(engine: Engine, model: TrainedModel) {
    this.engine = engine;
    this.#model = model;
  }

  static async create(model: TrainedModel, engine: EngineName | 'auto', threads: number): Promise<Classifier> {
    return new Classifier(await createEngine(engine, { threads, onBroken: printFailure }), model);
  }

  /** `images`: uint8 pixels of the network's input shape each. Results are valid until the next call. */
  async run(images: readonly Uint8Array[], labels: Int32Array): Promise<Classified> {
    const { network, dataset, parameters, buffers } = this.#model;
    const [height, width, channels] = network.input;
    const size = height * width * channels;
    const floats = new Float32Array(images.length * size);
    const normalise = normaliser(dataset);
    images.forEach((pixels, index) => normalise(pixels, floats, index * size));
    const program = await this.#program(images.length);
    return program.run({ images: floats, labels, parameters, buffers, masks: [] });
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.engine.dispose();
  }

  /** One for each number of images that occurs: a batch and what is left over. */
  async #program(batch: number): Promise<CompiledProgram> {
    const known = this.#programs.get(batch);
    if (known !== undefined) return known;
    const program = forwardProgram(this.#model.network, batch, { labels: true });
    const compiled = await this.engine.compile(program, { buckets: [] });
    this.#programs.set(batch, compiled);
    return compiled;
  }
}
