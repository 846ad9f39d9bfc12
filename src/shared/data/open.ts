import { EXIT, GradsocketError } from '../errors.ts';
import type { Split } from '../protocol/shared.ts';
import type { Candidates } from './candidates.ts';
import type { Dataset, DatasetOptions, SkippedFile } from './dataset.ts';
import { digestOf, type Fingerprints, fingerprint } from './digest.ts';
import { fitRaw, type Inspection, inspect } from './inspection.ts';
import { InspectionCache } from './inspection-cache.ts';
import { emptyClass } from './labelled-files.ts';
import { findCandidates } from './layout.ts';
import { type SplitIndexes, stratifiedSplit } from './split.ts';
import { meanAndDeviation } from './statistics.ts';

/** Opens a dataset of any known layout, checks all of it, and splits it. Throws a sentence about what is wrong with it. */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  const candidates = await findCandidates(options.data);
  checkClasses(candidates);
  const prints = await fingerprint(candidates, options.onProgress ?? (() => undefined));
  const inspection = await inspectOnce(candidates, prints, options);
  const skipped = [...inspection.bad].map(([index, reason]) => ({ file: candidates.nameOf(index), reason }));
  if (options.badImages === 'fail' && skipped[0] !== undefined) throw badImage(candidates, skipped[0]);

  const split = splitUp(candidates, inspection, options);
  checkSplit(candidates, split, inspection);
  const digest = digestOf(prints, inOrder(candidates, split));
  const { mean, deviation } = meanAndDeviation(inspection.sums, split.train, inspection.shape);
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
      trainSamples: split.train.length,
      validationSamples: split.validation.length,
      mean,
      deviation,
    },
    skipped,
    notices: candidates.notices,
    labelOf: (of, index) => candidates.samples[place(of, index)]!.label,
    nameOf: (of, index) => candidates.nameOf(place(of, index)),
    read: async (of, index) => {
      const bytes = await candidates.read(place(of, index));
      return candidates.rawShape === null ? bytes : fitRaw(bytes, candidates.rawShape, inspection.shape);
    },
    // Files are opened for each read: nothing is held that would have to be given back.
    close: async () => undefined,
  };
}

async function inspectOnce(candidates: Candidates, prints: Fingerprints, options: DatasetOptions): Promise<Inspection> {
  const cache = new InspectionCache(options.cacheDir);
  const all = candidates.samples.map((sample, index) => ({ index, ...sample }));
  const raw = candidates.rawShape === null ? 'image' : candidates.rawShape.join('x');
  const key = `${digestOf(prints, all)}-${raw}-${options.imageSize ?? 'own'}`;
  const known = await cache.load(key, all.length);
  if (known !== null) return known;
  const failFast = options.badImages === 'fail';
  const onProgress = options.onProgress ?? (() => undefined);
  const inspection = await inspect(candidates, {
    imageSize: options.imageSize,
    unreadable: prints.unreadable,
    failFast,
    onProgress,
  });
  // An inspection that stopped early says nothing about the rest, and an unreadable file may be readable tomorrow.
  const whole = inspection.bad.size === 0 || (!failFast && prints.unreadable.size === 0);
  if (whole) await cache.store(key, inspection);
  return inspection;
}

function splitUp(candidates: Candidates, { bad }: Inspection, options: DatasetOptions): SplitIndexes {
  const good = candidates.samples.map((_, index) => index).filter((index) => !bad.has(index));
  const of = (split: Split): readonly number[] => good.filter((index) => candidates.samples[index]!.split === split);
  if (candidates.samples.some(({ split }) => split !== null))
    return { train: of('train'), validation: of('validation') };
  const labels = good.map((index) => candidates.samples[index]!.label);
  const places = stratifiedSplit(labels, candidates.classes.length, options.validationSplit, options.seed);
  const original = (chosen: readonly number[]): number[] => chosen.map((place) => good[place]!);
  return { train: original(places.train), validation: original(places.validation) };
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

function badImage({ where }: Candidates, { file, reason }: SkippedFile): GradsocketError {
  return new GradsocketError(
    'BAD_IMAGE',
    EXIT.badData,
    `${file} in ${where} cannot be decoded: ${reason}. Replace it, or pass --bad-images skip.`,
  );
}
