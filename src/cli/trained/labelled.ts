import { decodeImage, decodeSample, resizePixels } from '../../shared/data/decode.ts';
import { openDataset } from '../../shared/data/open.ts';
import { cacheRoot } from '../../shared/cache-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { preprocessingSchema } from '../../shared/job/preprocessing.ts';
import type { DatasetDescription, Split } from '../../shared/protocol/shared.ts';
import type { TrainedModel } from './model.ts';

/** Samples with the model's labels, in the model's shape. */
export interface Labelled {
  readonly name: string;
  readonly split: Split | 'all';
  readonly samples: number;
  labelOf(index: number): number;
  /** File, or place in a file, for people. */
  nameOf(index: number): string;
  pixels(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a dataset to measure a model on. Its classes must be among the model's; it may lack some. */
export async function openLabelled(
  model: TrainedModel,
  data: string,
  split: Labelled['split'] | null,
): Promise<Labelled> {
  const { job, dataset: trained } = model;
  const dataset = await openDataset({
    data,
    imageSize: job.imageSize ?? (trained.encoding === 'image' ? trained.imageShape[0] : null),
    validationSplit: job.validationSplit,
    badImages: job.badImages,
    seed: job.seed,
    ...preprocessingSchema.strip().parse(job),
    colour: trained.imageShape[2] === 1 ? 'grey' : 'rgb',
    cacheDir: cacheRoot(process.env),
  });
  const { description } = dataset;
  const labels = description.classes.map((name) => labelIn(trained, name, data));
  // Of other data nothing was trained on, so all of it says how good the model is.
  const chosen = split ?? (description.digest === trained.digest ? 'validation' : 'all');
  const parts: readonly Split[] = chosen === 'all' ? ['train', 'validation'] : [chosen];
  const sizes = parts.map((part) => (part === 'train' ? description.trainSamples : description.validationSamples));
  const place = (index: number): readonly [Split, number] =>
    index < sizes[0]! ? [parts[0]!, index] : [parts[1]!, index - sizes[0]!];
  return {
    name: description.name,
    split: chosen,
    samples: sizes.reduce((sum, size) => sum + size, 0),
    labelOf: (index) => labels[dataset.labelOf(...place(index))]!,
    nameOf: (index) => dataset.nameOf(...place(index)),
    pixels: async (index) => fitted(await dataset.read(...place(index)), description, trained),
    close: () => dataset.close(),
  };
}

function labelIn(trained: DatasetDescription, name: string, data: string): number {
  const label = trained.classes.indexOf(name);
  if (label !== -1) return label;
  throw new GradsocketError(
    'UNKNOWN_CLASS',
    EXIT.badData,
    `${data} has the class ${name}, which the model does not know: it was trained on ${trained.classes.slice(0, 20).join(', ')}.`,
  );
}

async function fitted(bytes: Uint8Array, from: DatasetDescription, to: DatasetDescription): Promise<Uint8Array> {
  if (from.encoding === 'raw') {
    const pixels = await decodeSample(from, bytes);
    return from.imageShape.join() === to.imageShape.join()
      ? pixels
      : resizePixels(pixels, from.imageShape, to.imageShape, to.decoding);
  }
  const result = await decodeImage(bytes, to.imageShape, to.decoding);
  if (result.reason === null) return result.pixels;
  throw new GradsocketError('BAD_IMAGE', EXIT.badData, `An image cannot be decoded: ${result.reason}.`);
}
