import { createEngine } from '../../engine/create.ts';
import type { CompiledProgram, Engine, EngineName } from '../../engine/interface/engine.ts';
import { forwardProgram, lookingProgram } from '../../engine/program/build.ts';
import type { NodeId } from '../../shared/network/network.ts';
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
  /** By the nodes that are looked at. */
  readonly #looking = new Map<string, CompiledProgram>();

  private constructor(engine: Engine, model: TrainedModel) {
    this.engine = engine;
    this.#model = model;
  }

  /** `onBroken`: hears of an engine that is installed and does not work, where another one is taken. */
  static async create(
    model: TrainedModel,
    engine: EngineName | 'auto',
    threads: number,
    onBroken: (sentence: string) => void = printFailure,
  ): Promise<Classifier> {
    return new Classifier(await createEngine(engine, { threads, onBroken }), model);
  }

  /** `images`: uint8 pixels of the network's input shape each. Results are valid until the next call. */
  async run(images: readonly Uint8Array[], labels: Int32Array): Promise<Classified> {
    const { parameters, buffers } = this.#model;
    const floats = this.#normalised(images);
    const program = await this.#program(images.length);
    return program.run({ images: floats, labels, parameters, buffers, masks: [] });
  }

  /** What the given nodes of the network make of one image, each [...shape of the node]. */
  async look(image: Uint8Array, nodes: readonly NodeId[]): Promise<readonly Float32Array[]> {
    const { network, parameters, buffers } = this.#model;
    const key = nodes.join();
    this.#looking.set(
      key,
      this.#looking.get(key) ?? (await this.engine.compile(lookingProgram(network, 1, nodes), { buckets: [] })),
    );
    const inputs = { images: this.#normalised([image]), labels: new Int32Array(1), parameters, buffers, masks: [] };
    const { observed = [] } = await this.#looking.get(key)!.run(inputs);
    return observed;
  }

  #normalised(images: readonly Uint8Array[]): Float32Array {
    const { network, dataset } = this.#model;
    const [height, width, channels] = network.input;
    const size = height * width * channels;
    const floats = new Float32Array(images.length * size);
    const normalise = normaliser(dataset);
    images.forEach((pixels, index) => normalise(pixels, floats, index * size));
    return floats;
  }

  dispose(): void {
    for (const program of [...this.#programs.values(), ...this.#looking.values()]) program.dispose();
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
