import { dirname, join } from 'node:path';
import { type KnownSamples, readKnownSamples, sampleKey } from '../../shared/checkpoint/known-samples.ts';
import { placedData } from '../../data/layouts/bundled.ts';
import type { SkippedFile } from '../../data/samples/dataset.ts';
import { decodeImage, decodeSample, resizePixels } from '../../data/images/decode.ts';
import { labelAmong } from '../../data/layouts/class-name.ts';
import { openForMeasuring } from '../../data/open.ts';
import type { Job } from '../../shared/job/schema.ts';
import { cacheRoot } from '../../shared/cache-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { datasetSettings } from '../../data/samples/settings.ts';
import type { DatasetDescription, Split } from '../../shared/protocol/shared.ts';
import { nearestName } from '../../shared/nearest.ts';
import { shellWord } from '../../shared/shell-word.ts';
import { type Selection, selectSamples } from './selection.ts';
import type { TrainedModel } from './model.ts';

/** Samples with the model's labels, in the model's shape. */
export interface Labelled extends Omit<Selection, 'indexes'> {
  readonly name: string;
  readonly samples: number;
  /** Files that cannot be decoded and were left out. */
  readonly skipped: readonly SkippedFile[];
  labelOf(index: number): number;
  /** File, or place in a file, for people. */
  nameOf(index: number): string;
  pixels(index: number): Promise<Uint8Array>;
}

export interface LabelledOptions {
  /** null: what the run was trained on. */
  readonly data: string | null;
  readonly split: Split | 'all' | null;
  /** null: as in the run. */
  readonly badImages: Job['badImages'] | null;
  /** null: as in the run. */
  readonly maxPixels: number | null;
}

/** Opens a dataset to measure a model on. Its classes must be among the model's; it may lack some. */
export async function openLabelled(model: TrainedModel, options: LabelledOptions): Promise<Labelled> {
  const { job, dataset: trained } = model;
  const data = options.data ?? job.data;
  const maxPixels = options.maxPixels ?? job.maxPixels;
  const dataset = await openForMeasuring({
    data,
    ...datasetSettings(job),
    imageSize: job.imageSize ?? (trained.encoding === 'image' ? trained.imageShape[0] : null),
    badImages: options.badImages ?? job.badImages,
    maxPixels,
    colour: trained.imageShape[2] === 1 ? 'gray' : 'rgb',
    cacheDir: cacheRoot(process.env),
    expectedDigest: trained.digest,
  }).catch((error: unknown) => {
    throw adviceFor(error, model, data);
  });
  const present = new Set(dataset.samples.map(({ label }) => label));
  const labels = dataset.classes.map((name, label) => (present.has(label) ? labelIn(trained, name, data) : -1));
  const same = dataset.digest === trained.digest;
  const own = placedData(data) === placedData(job.data);
  const known = await knownTo(model);
  const measurable = dataset.samples.map(({ part, ownPart, sha256 }) => ({ part, ownPart, key: sampleKey(sha256) }));
  const { indexes, ...selection } = selectSamples(measurable, options.split, { same, own, known });
  if (indexes.length === 0) throw nothingLeft(dataset.name, dataset.samples.length, options.split, selection);
  return {
    ...selection,
    name: dataset.name,
    samples: indexes.length,
    skipped: dataset.skipped,
    labelOf: (index) => labels[dataset.samples[indexes[index]!]!.label]!,
    nameOf: (index) => dataset.nameOf(indexes[index]!),
    pixels: async (index) => fitted(await dataset.read(indexes[index]!), dataset, { ...trained, maxPixels }),
  };
}

/** What the run of these weights has kept of its samples: a checkpoint that was named may be another run's. */
async function knownTo({ runDir, checkpoint, dataset }: TrainedModel): Promise<KnownSamples | null> {
  for (const folder of [runDir, dirname(dirname(checkpoint.file))]) {
    const known = await readKnownSamples(join(folder, 'samples.json'));
    if (known?.dataset === dataset.digest) return known;
  }
  return null;
}

function nothingLeft(
  name: string,
  samples: number,
  split: LabelledOptions['split'],
  { leftOut }: Pick<Selection, 'leftOut'>,
): GradsocketError {
  const why =
    leftOut === samples
      ? `the model was trained on all ${samples} of them`
      : split === null || split === 'all'
        ? 'there are none'
        : `none of ${samples} is of --split ${split}`;
  const advice = samples === 0 ? 'Add images.' : 'Pass --split all to measure them all the same.';
  return new GradsocketError(
    'NOTHING_TO_MEASURE',
    EXIT.badData,
    `No sample of ${name} is left to measure: ${why}. ${advice}`,
  );
}

/** Images without labels cannot be measured, but that is not all that can be done with them. */
function adviceFor(error: unknown, { runDir }: TrainedModel, data: string): unknown {
  if (!(error instanceof GradsocketError) || error.code !== 'DATA_UNLABELLED') return error;
  const { code, exitCode, message } = error;
  const advice = `Images without labels cannot be measured; \`gradsocket predict ${shellWord(runDir)} ${shellWord(data)}\` classifies them.`;
  return new GradsocketError(code, exitCode, `${message} ${advice}`, { cause: error });
}

function labelIn(trained: DatasetDescription, name: string, data: string): number {
  const label = labelAmong(trained.classes, name);
  if (label !== -1) return label;
  const near = nearestName(name, trained.classes);
  const meant = near === null ? '' : ` Rename it to ${near}, if that is the class.`;
  throw new GradsocketError(
    'UNKNOWN_CLASS',
    EXIT.badData,
    `${data} has the class ${name}, which the model does not know: it was trained on ${trained.classes.slice(0, 20).join(', ')}.${meant}`,
  );
}

async function fitted(
  bytes: Uint8Array,
  from: Pick<DatasetDescription, 'encoding' | 'imageShape' | 'decoding'>,
  to: DatasetDescription,
): Promise<Uint8Array> {
  if (from.encoding === 'raw') {
    const pixels = await decodeSample(from, bytes);
    return from.imageShape.join() === to.imageShape.join()
      ? pixels
      : resizePixels(pixels, from.imageShape, to.imageShape, to.decoding);
  }
  const result = await decodeImage(bytes, to.imageShape, to.decoding, to.maxPixels);
  if (result.reason === null) return result.pixels;
  throw new GradsocketError('BAD_IMAGE', EXIT.badData, `An image cannot be decoded: ${result.reason}.`);
}
