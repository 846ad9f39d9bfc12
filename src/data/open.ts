import { EXIT, GradsocketError } from '../shared/errors.ts';
import { MAX_PIXELS } from '../shared/job/max-pixels.ts';
import {
  type Preprocessing,
  preprocessingIdentity,
  preprocessingSchema,
  resizeAndCrop,
} from '../shared/job/preprocessing.ts';
import type { Split } from '../shared/protocol/shared.ts';
import type { Candidates } from './samples/candidates.ts';
import {
  type Dataset,
  type DatasetOptions,
  listedBy,
  type MeasurableDataset,
  type SkippedFile,
} from './samples/dataset.ts';
import {
  beginningOf,
  digestOf,
  type Fingerprints,
  fingerprint,
  hashOf,
  readUnchanged,
  repeatedBeginnings,
} from './samples/digest.ts';
import { duplicateNotices, duplicatesAmong, type Hashed } from './samples/duplicates.ts';
import { decodingOf, normalisedBy } from './images/preprocess.ts';
import { fitRaw, type Inspection, inspect } from './inspection.ts';
import { InspectionCache } from './inspection-cache.ts';
import { emptyClass } from './layouts/labelled-files.ts';
import { findCandidates } from './layouts/layout.ts';
import { type ClassSize, splitNotices } from './samples/split-notices.ts';
import { roundedSplit, type SplitIndexes, stratifiedSplit } from './samples/split.ts';
import { meanAndDeviation } from './images/statistics.ts';

/** Opens a dataset of any known layout, checks all of it, and splits it. Throws a sentence about what is wrong with it. */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  const candidates = await findCandidates(options.data, options.cacheDir, options.onProgress);
  if (candidates.untrainable !== undefined) throw candidates.untrainable;
  checkClasses(candidates);
  const { prints, inspection, skipped, split, digest, preprocessing, decoding } = await examine(candidates, options);
  checkSplit(candidates, split, inspection);
  const { maxPixels = MAX_PIXELS } = options;
  const duplicates = duplicatesAmong([...hashedIn(candidates, split, prints)]);
  const { mean, deviation } =
    normalisedBy(preprocessing, inspection.shape[2]) ??
    meanAndDeviation(inspection.sums, split.train, inspection.shape);
  const place = (of: Split, index: number): number => {
    const found = split[of][index];
    if (found === undefined) throw new RangeError(`there is no ${of} sample ${index}`);
    return found;
  };
  return {
    description: {
      name: candidates.name,
      digest,
      classes: [...candidates.classes],
      imageShape: inspection.shape,
      encoding: candidates.rawShape === null ? 'image' : 'raw',
      ...(decoding === undefined ? {} : { decoding }),
      ...(maxPixels === MAX_PIXELS ? {} : { maxPixels }),
      trainSamples: split.train.length,
      validationSamples: split.validation.length,
      mean,
      deviation,
    },
    skipped,
    duplicates,
    notices: [...candidates.notices, ...splitNotices(classSizes(candidates, split)), ...duplicateNotices(duplicates)],
    rawShape: candidates.rawShape,
    labelOf: (of, index) => candidates.samples[place(of, index)]!.label,
    nameOf: (of, index) => candidates.nameOf(place(of, index)),
    sha256Of: (of, index) => hashOf(prints.hashes, place(of, index)),
    read: async (of, index) => {
      const bytes = await readUnchanged(candidates, prints, place(of, index));
      return candidates.rawShape === null ? bytes : fitRaw(bytes, candidates.rawShape, inspection.shape, decoding);
    },
  };
}

/**
 * Opens a dataset to measure a model on: one class, one image of each and an empty class are fine then. Throws where it
 * cannot be read.
 */
export async function openForMeasuring(options: DatasetOptions): Promise<MeasurableDataset> {
  const candidates = await findCandidates(options.data, options.cacheDir, options.onProgress);
  const { prints, inspection, skipped, split, digest, decoding } = await examine(candidates, options);
  const found = [...inOrder(candidates, split)].toSorted((a, b) => a.index - b.index);
  return {
    name: candidates.name,
    digest,
    classes: candidates.classes,
    imageShape: inspection.shape,
    encoding: candidates.rawShape === null ? 'image' : 'raw',
    ...(decoding === undefined ? {} : { decoding }),
    skipped,
    samples: found.map(({ index, label, split: part }) => ({
      label,
      part,
      ownPart: candidates.samples[index]!.split !== null,
      sha256: hashOf(prints.hashes, index),
    })),
    nameOf: (place) => candidates.nameOf(found[place]!.index),
    read: async (place) => {
      const bytes = await readUnchanged(candidates, prints, found[place]!.index);
      return candidates.rawShape === null ? bytes : fitRaw(bytes, candidates.rawShape, inspection.shape, decoding);
    },
  };
}

interface Examined extends Divided {
  readonly prints: Fingerprints;
  readonly inspection: Inspection;
  readonly skipped: readonly SkippedFile[];
  readonly preprocessing: Preprocessing;
  readonly decoding: ReturnType<typeof decodingOf>;
}

async function examine(candidates: Candidates, options: DatasetOptions): Promise<Examined> {
  const prints = await fingerprint(candidates, options.cacheDir, options.onProgress ?? (() => undefined));
  const preprocessing = preprocessingSchema.strip().parse(options);
  const inspection = await inspectOnce(candidates, prints, options, preprocessing);
  const skipped = [...inspection.bad].map(([index, reason]) => ({ file: candidates.nameOf(index), reason }));
  if (options.badImages === 'fail' && skipped.length > 0) throw badImage(candidates, skipped, inspection, options.data);
  const divided = splitAs(candidates, inspection, prints, options);
  return { prints, inspection, skipped, preprocessing, decoding: decodingOf(preprocessing), ...divided };
}

async function inspectOnce(
  candidates: Candidates,
  prints: Fingerprints,
  options: DatasetOptions,
  preprocessing: Preprocessing,
): Promise<Inspection> {
  const imageSize = resizeAndCrop(preprocessing)?.crop ?? options.imageSize;
  // Normalisation changes nothing of the pixels.
  const changed = Object.values({ ...preprocessingIdentity(preprocessing), normalise: '' }).join('-');
  const { maxPixels = MAX_PIXELS } = options;
  const limit = maxPixels === MAX_PIXELS ? '' : `-${maxPixels}px`;
  const cache = new InspectionCache(options.cacheDir);
  const raw = candidates.rawShape === null ? 'image' : candidates.rawShape.join('x');
  const key = `${digestOf(prints, all(candidates))}-${raw}-${imageSize ?? 'own'}${changed.replace(':', '.')}${limit}`;
  const known = await cache.load(key, candidates.samples.length);
  if (known !== null) return known;
  const failFast = options.badImages === 'fail';
  const onProgress = options.onProgress ?? (() => undefined);
  const inspection = await inspect(candidates, {
    imageSize,
    colour: preprocessing.colour,
    decoding: decodingOf(preprocessing),
    maxPixels,
    unreadable: prints.unreadable,
    failFast,
    onProgress,
  });
  // An unreadable file may be readable tomorrow.
  if (inspection.isWhole && prints.unreadable.size === 0) await cache.store(key, inspection);
  return inspection;
}

function* all({ samples }: Candidates) {
  for (const [index, { label, split }] of samples.entries()) yield { index, label, split };
}

interface Divided {
  readonly split: SplitIndexes;
  readonly digest: string;
}

/** The split, with the digest of data and split together. Where a digest is expected, the one of all rules that has it. */
function splitAs(
  candidates: Candidates,
  { bad }: Inspection,
  prints: Fingerprints,
  { validationSplit, seed, expectedDigest = null }: DatasetOptions,
): Divided {
  const good = candidates.samples.map((_, index) => index).filter((index) => !bad.has(index));
  const divided = (split: SplitIndexes): Divided => ({ split, digest: digestOf(prints, inOrder(candidates, split)) });
  const of = (split: Split): readonly number[] => good.filter((index) => candidates.samples[index]!.split === split);
  if (candidates.samples.some(({ split }) => split !== null)) {
    return divided({ train: of('train'), validation: of('validation') });
  }
  const labels = good.map((index) => candidates.samples[index]!.label);
  const original = (chosen: readonly number[]): number[] => chosen.map((place) => good[place]!);
  const by = (rule: typeof stratifiedSplit): Divided => {
    const { train, validation } = rule(labels, candidates.classes.length, validationSplit, seed);
    return divided({ train: original(train), validation: original(validation) });
  };
  const usual = by(stratifiedSplit);
  if (expectedDigest === null || usual.digest === expectedDigest) return usual;
  const earlier = by(roundedSplit);
  return earlier.digest === expectedDigest ? earlier : usual;
}

/** Those whose hashes begin as another one's: as a rule there are none, and of a large dataset all would take hundreds of megabytes. */
function* hashedIn(candidates: Candidates, split: SplitIndexes, { hashes }: Fingerprints): Generator<Hashed> {
  const repeated = repeatedBeginnings(hashes);
  if (repeated.size === 0) return;
  for (const { index, label, split: of } of inOrder(candidates, split)) {
    if (!repeated.has(beginningOf(hashes, index))) continue;
    const hash = Buffer.from(hashOf(hashes, index)).toString('latin1');
    yield { name: candidates.nameOf(index), label, split: of, hash };
  }
}

function classSizes(candidates: Candidates, split: SplitIndexes): readonly ClassSize[] {
  const sizes = candidates.classes.map((name) => ({ name, train: 0, validation: 0 }));
  for (const { label, split: of } of inOrder(candidates, split)) sizes[label]![of]++;
  return sizes;
}

function* inOrder(candidates: Candidates, split: SplitIndexes) {
  for (const of of ['train', 'validation'] as const) {
    for (const index of split[of]) yield { index, label: candidates.samples[index]!.label, split: of };
  }
}

function checkClasses({ classes, where }: Candidates): void {
  if (classes.length > 1) return;
  throw new GradsocketError(
    'ONE_CLASS',
    EXIT.badData,
    `${where} has only one class, ${classes[0]}. A classifier needs at least two: add images of another class.`,
  );
}

function checkSplit(candidates: Candidates, { train, validation }: SplitIndexes, { bad }: Inspection): void {
  const trained = new Set(train.map((index) => candidates.samples[index]!.label));
  const untrained = candidates.classes.findIndex((_, label) => !trained.has(label));
  if (untrained !== -1) {
    const broken = [...bad].find(([index]) => candidates.samples[index]!.label === untrained);
    const example = broken && `${candidates.nameOf(broken[0])} cannot be decoded: ${broken[1]}`;
    throw emptyClass(candidates.classes[untrained]!, candidates.where, example);
  }
  if (validation.length > 0) return;
  throw new GradsocketError(
    'NO_VALIDATION',
    EXIT.badData,
    `${candidates.where} leaves nothing to validate on: no class has two images. Add images, or a val/ folder beside train/.`,
  );
}

function badImage(
  { where }: Candidates,
  [first, ...others]: readonly SkippedFile[],
  { isWhole }: Inspection,
  data: string,
): GradsocketError {
  const { file, reason } = first!;
  const count = `${isWhole ? '' : 'at least '}${others.length} more`;
  const more = others.length === 0 ? '' : ` Nor can ${count}: ${listedBy(data)}.`;
  const advice = others.length === 0 && isWhole ? 'Replace it' : 'Replace them';
  return new GradsocketError(
    'BAD_IMAGE',
    EXIT.badData,
    `${file} in ${where} cannot be decoded: ${reason}.${more} ${advice}, or pass --bad-images skip.`,
  );
}
