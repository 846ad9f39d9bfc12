import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { checkLoading, LOAD, requireFunction, requireObject } from './given.ts';
import { decodeImage } from '../data/images/decode.ts';
import { requireRuntime } from '../cli/command/runtime.ts';
import { cacheRoot } from '../shared/cache-folder.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { MAX_PIXELS } from '../shared/job/max-pixels.ts';
import { decodeAll, type Decoded } from '../cli/predict/decode.ts';
import { findImages, STDIN } from '../cli/predict/images.ts';
import { Classifier } from '../cli/trained/classifier.ts';
import { logitsOf, noNumber } from '../cli/trained/logits.ts';
import { openModel, type TrainedModel } from '../cli/trained/model.ts';
import { likeliest } from '../cli/trained/ranking.ts';
import { threadsFor } from '../cli/trained/threads.ts';

export interface LoadOptions {
  /** Which weights: `'best'` (the default), `'newest'`, or a checkpoint of the run. */
  readonly checkpoint?: string | undefined;
  /** Default: the fastest that works here. */
  readonly engine?: 'auto' | 'tensorflow' | 'wasm' | 'cpu' | undefined;
  /** Default: all cores. The same for all models of a process. */
  readonly threads?: number | undefined;
  /** An image of more pixels is not decoded; default: as in the run. */
  readonly maxPixels?: number | undefined;
  /** Hears of checkpoints that cannot be read, and of an engine that does not work, where others take their place. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/** A path (of a file, or of a folder or archive of images), or the bytes of a JPEG, PNG or WebP file. */
export type Image = string | URL | Uint8Array | ArrayBuffer | Blob;

export interface ClassProbability {
  readonly label: string;
  readonly probability: number;
}

export interface Prediction extends ClassProbability {
  /** As it was named, or found in a folder; null: it was given as bytes. */
  readonly file: string | null;
  /** Of every class, the likeliest first. */
  readonly predictions: readonly ClassProbability[];
}

/** What a run has learned. */
export interface Model {
  /** The classes, in the order in which the network has them. */
  readonly labels: readonly string[];
  /** The step at which training had these weights. */
  readonly step: number;
  /**
   * What is in images, in the order given: what `gradsocket predict` says of them. Rejects with a `GradsocketError` where one of them
   * cannot be read or decoded.
   */
  predict(images: Image | readonly Image[]): Promise<Prediction[]>;
  /** Gives the engine back: nothing of it keeps the process alive. */
  dispose(): void;
}

/** As many at a time as `gradsocket predict` takes. */
const BATCH = 64;

/**
 * Loads the model of a run.
 *
 * @param run the folder of a run, or one of its checkpoints
 * @throws GradsocketError
 */
export async function loadModel(run: string | URL, options: LoadOptions = {}): Promise<Model> {
  requireRuntime();
  requireObject(options, LOAD);
  const { onWarning = () => undefined, ...asked } = options;
  requireFunction('onWarning', onWarning);
  const { checkpoint, engine, threads: wanted, maxPixels } = checkLoading(asked);
  const model = await openModel(pathOf(run), checkpoint, onWarning);
  // Not before: one that cannot be read decides nothing for others.
  const threads = oneNumberOfThreads(threadsFor(wanted));
  const classifier = await Classifier.create(model, engine, threads, onWarning);
  return new LoadedModel(model, classifier, maxPixels ?? model.job.maxPixels ?? MAX_PIXELS);
}

/** A process has one engine, whose threads are counted when it is loaded. */
let threadsHere: number | null = null;

function oneNumberOfThreads(wanted: number): number {
  threadsHere ??= wanted;
  if (wanted === threadsHere) return wanted;
  throw new GradsocketError(
    'ENGINE_THREADS',
    EXIT.usage,
    `threads ${wanted}: a model was loaded here with ${threadsHere}, and all models of a process have as many. Pass ${threadsHere}.`,
  );
}

/** Engines compute one thing at a time. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = last.then(task, task);
  last = result.catch(() => undefined);
  return result;
}

class LoadedModel implements Model {
  readonly labels: readonly string[];
  readonly step: number;
  readonly #model: TrainedModel;
  readonly #classifier: Classifier;
  readonly #maxPixels: number;
  #disposed = false;

  constructor(model: TrainedModel, classifier: Classifier, maxPixels: number) {
    this.labels = model.dataset.classes;
    this.step = model.checkpoint.step;
    this.#model = model;
    this.#classifier = classifier;
    this.#maxPixels = maxPixels;
  }

  async predict(images: Image | readonly Image[]): Promise<Prediction[]> {
    const all = Array.isArray(images) ? (images as readonly Image[]) : [images as Image];
    const predictions: Prediction[] = [];
    const named = (await Promise.all(all.map((image) => sourcesOf(image)))).flat();
    for (let start = 0; start < named.length; start += BATCH) {
      const batch = await Promise.all(named.slice(start, start + BATCH).map((source) => this.#decoded(source)));
      const pixels = batch.map(({ pixels: each }) => each);
      predictions.push(...(await inTurn(() => this.#classify(pixels, batch))));
    }
    return predictions;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // What is being computed is computed to its end.
    void inTurn(async () => this.#classifier.dispose());
  }

  async #classify(pixels: readonly Uint8Array[], batch: readonly Ready[]): Promise<readonly Prediction[]> {
    if (this.#disposed) {
      throw new GradsocketError('MODEL_DISPOSED', EXIT.usage, 'predict: the model was disposed of. Load it again.');
    }
    const answers = await logitsOf(this.#classifier, this.#model, pixels);
    return answers.map((logits, index): Prediction => {
      const { file } = batch[index]!;
      if (!logits.every(Number.isFinite)) {
        throw new GradsocketError('MODEL_DIVERGED', EXIT.diverged, noNumber(file ?? 'an image'));
      }
      const predictions = likeliest(logits, this.labels, this.labels.length);
      return { file, ...predictions[0]!, predictions };
    });
  }

  async #decoded({ file, content }: Source): Promise<Ready> {
    const { imageShape, decoding } = this.#model.dataset;
    const decoded = await content({ imageShape, decoding, maxPixels: this.#maxPixels });
    if ('pixels' in decoded) return { file, pixels: decoded.pixels };
    throw decoded.away ?? new GradsocketError('IMAGE_REFUSED', EXIT.badData, decoded.refused);
  }
}

type As = Parameters<typeof decodeAll>[1];

/** An image that is still to be read. */
interface Source {
  readonly file: string | null;
  readonly content: (as: As) => Promise<Decoded>;
}

interface Ready {
  readonly file: string | null;
  readonly pixels: Uint8Array;
}

async function sourcesOf(image: Image): Promise<readonly Source[]> {
  if (typeof image === 'string' || image instanceof URL) {
    const path = pathOf(image);
    const found = await findImages([path === STDIN ? `./${STDIN}` : path], cacheRoot(process.env));
    return found.map((each) => ({ file: each.file, content: async (as) => (await decodeAll([each], as))[0]! }));
  }
  return [{ file: null, content: (as) => decodedBytes(image, as) }];
}

async function decodedBytes(
  image: Exclude<Image, string | URL>,
  { imageShape, decoding, maxPixels }: As,
): Promise<Decoded> {
  const bytes = await bytesOf(image);
  if (bytes === null) {
    throw new GradsocketError(
      'IMAGE_KIND',
      EXIT.usage,
      'predict: an image is a path, or the bytes of a JPEG, PNG or WebP file (Uint8Array, ArrayBuffer, Blob).',
    );
  }
  const result = await decodeImage(bytes, imageShape, decoding, maxPixels);
  return result.reason === null
    ? { file: '', pixels: result.pixels }
    : { file: '', refused: `The image cannot be decoded: ${result.reason}.` };
}

async function bytesOf(image: unknown): Promise<Uint8Array | null> {
  // Also those of another realm, as where tests have globals of their own.
  if (types.isUint8Array(image)) return image;
  if (types.isArrayBuffer(image)) return new Uint8Array(image);
  return image instanceof Blob ? new Uint8Array(await image.arrayBuffer()) : null;
}

/** `import.meta.resolve` gives addresses as text. */
function pathOf(place: unknown): string {
  const isAddress = place instanceof URL || (typeof place === 'string' && place.startsWith('file://'));
  if (!isAddress && typeof place === 'string' && place !== '') return place;
  try {
    if (isAddress) return fileURLToPath(place);
  } catch {
    // Of another scheme, or of another machine.
  }
  const what = isAddress ? String(place) : place === '' ? 'an empty text' : typeof place;
  throw new GradsocketError('PATH_KIND', EXIT.usage, `Expects a path or a file: URL, not ${what}.`);
}
