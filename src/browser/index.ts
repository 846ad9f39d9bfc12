import { probabilitiesOf } from '../shared/network/probabilities.ts';
import { pixelsOf, type ShownImage } from './image.ts';
import { type PixelSource, preparedPixels } from './pixels.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { LayersModel, ModelHandler, Tensor, TensorflowJs } from './tensorflow.ts';

export type { PixelSource, Preprocessing, ShownImage, TensorflowJs };

export interface LoadOptions {
  /** TensorFlow.js; default: the `tf` that its script leaves. */
  readonly tf?: TensorflowJs | undefined;
}

export interface ClassProbability {
  readonly label: string;
  readonly probability: number;
}

export interface Prediction {
  /** The likeliest class. */
  readonly label: string;
  /** Of that class. */
  readonly probability: number;
  /** Of every class, the likeliest first. */
  readonly predictions: readonly ClassProbability[];
}

/** A model that `gradsocket export --format tfjs` wrote. */
export interface Model {
  /** The classes, in the order in which the network has them. */
  readonly labels: readonly string[];
  /** What is done to an image before the network gets it. */
  readonly preprocessing: Preprocessing;
  /** What is in images: `ImageData`, `<img>`, `<canvas>`, `<video>`, `ImageBitmap`, or `{ data, width, height }` in RGBA. */
  predict(images: ShownImage | readonly ShownImage[]): Promise<Prediction[]>;
  /** Frees its memory. */
  dispose(): void;
}

interface Metadata {
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
}

/**
 * Loads an exported model; its images are prepared as those that it was trained on, so that the same pixels give the same probabilities as
 * `gradsocket predict`.
 *
 * @param source the address of model.json, or `fromFiles(...)`
 */
export async function loadModel(source: string | URL | ModelHandler, options: LoadOptions = {}): Promise<Model> {
  const { tf = (globalThis as { readonly tf?: TensorflowJs }).tf } = options;
  if (tf === undefined) {
    throw new TypeError('TensorFlow.js is not here: load its script before, or pass it: loadModel(address, { tf }).');
  }
  const model = await tf.loadLayersModel(source instanceof URL ? source.href : source);
  const metadata: Partial<Metadata> | undefined = model.getUserDefinedMetadata();
  if (metadata?.classes === undefined || metadata.preprocessing === undefined) {
    model.dispose();
    throw new TypeError(
      'The model does not say how its images are prepared. Write it anew: gradsocket export RUN --format tfjs.',
    );
  }
  return new ExportedModel(tf, model, metadata as Metadata);
}

/** For programs without a file system that TensorFlow.js knows, such as Node alone: `model.json` and `weights.bin`, as read. */
export function fromFiles(model: string | Uint8Array, weights: Uint8Array): ModelHandler {
  const text = typeof model === 'string' ? model : new TextDecoder().decode(model);
  const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(text) as {
    modelTopology: object;
    weightsManifest: readonly { readonly weights: readonly never[] }[];
    userDefinedMetadata: Record<string, never>;
  };
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  // A copy: what was read may lie in a larger buffer.
  const weightData = new Uint8Array(weights).buffer;
  return { load: () => Promise.resolve({ modelTopology, weightSpecs, weightData, userDefinedMetadata }) };
}

class ExportedModel implements Model {
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  readonly #tf: TensorflowJs;
  readonly #model: LayersModel;

  constructor(tf: TensorflowJs, model: LayersModel, { classes, preprocessing }: Metadata) {
    this.labels = classes;
    this.preprocessing = preprocessing;
    this.#tf = tf;
    this.#model = model;
  }

  async predict(images: ShownImage | readonly ShownImage[]): Promise<Prediction[]> {
    const all = Array.isArray(images) ? (images as readonly ShownImage[]) : [images as ShownImage];
    if (all.length === 0) return [];
    const { size, color } = this.preprocessing;
    const shape = [...size, color === 'gray' ? 1 : 3];
    const each = shape.reduce((product, n) => product * n, 1);
    const values = new Float32Array(all.length * each);
    for (const [index, image] of all.entries()) {
      values.set(preparedPixels(pixelsOf(image), this.preprocessing), index * each);
    }
    const input = this.#tf.tensor(values, [all.length, ...shape]);
    const output = this.#model.predict(input as never) as Tensor;
    try {
      const logits = Float32Array.from(await output.data());
      const outputs = logits.length / all.length;
      return all.map((_, index) => this.#prediction(logits.subarray(index * outputs, (index + 1) * outputs)));
    } finally {
      input.dispose();
      output.dispose();
    }
  }

  dispose(): void {
    this.#model.dispose();
  }

  #prediction(logits: Float32Array): Prediction {
    const predictions = probabilitiesOf(logits)
      .map((probability, index) => ({ label: this.labels[index]!, probability }))
      .sort((a, b) => b.probability - a.probability);
    return { ...predictions[0]!, predictions };
  }
}
