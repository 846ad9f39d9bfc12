import { forEachBounded } from '../../data/files/bounded.ts';
import type { Dataset } from '../../data/samples/dataset.ts';
import { readHeader } from '../../data/images/decode.ts';
import type { Split } from '../../shared/protocol/shared.ts';

/** Smallest, middle and largest. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface ClassCount {
  readonly name: string;
  readonly train: number;
  readonly validation: number;
}

/** What there is to know of a dataset besides its description. */
export interface Survey {
  readonly classes: readonly ClassCount[];
  /** Of the images as they are, turned upright, before they are resized. */
  readonly width: Spread;
  readonly height: Spread;
  /** Images that are grey in themselves. */
  readonly grey: number;
}

/** Headers read at a time. */
const READS = 4;

export async function survey(dataset: Dataset): Promise<Survey> {
  const { classes, encoding } = dataset.description;
  const counts = classes.map((name) => ({ name, train: 0, validation: 0 }));
  for (const [split, index] of everySample(dataset)) counts[dataset.labelOf(split, index)]![split]++;
  if (encoding === 'raw') {
    // Samples come resized from a raw dataset; its own size is that of its files.
    const [height, width, channels] = dataset.rawShape ?? dataset.description.imageShape;
    const total = [...everySample(dataset)].length;
    return { classes: counts, width: spreadOf([width]), height: spreadOf([height]), grey: channels === 1 ? total : 0 };
  }
  return { classes: counts, ...(await measure(dataset)) };
}

async function measure(dataset: Dataset): Promise<Omit<Survey, 'classes'>> {
  const samples = [...everySample(dataset)];
  const widths: number[] = [];
  const heights: number[] = [];
  let grey = 0;
  await forEachBounded(samples.length, READS, async (place) => {
    const [split, index] = samples[place]!;
    const header = await readHeader(await dataset.read(split, index), dataset.description.maxPixels);
    // It was decodable when the dataset was opened.
    if (header.reason !== null) return;
    widths.push(header.width);
    heights.push(header.height);
    if (header.grey) grey++;
  });
  return { width: spreadOf(widths), height: spreadOf(heights), grey };
}

function* everySample({ description }: Pick<Dataset, 'description'>): Generator<readonly [Split, number]> {
  for (let index = 0; index < description.trainSamples; index++) yield ['train', index];
  for (let index = 0; index < description.validationSamples; index++) yield ['validation', index];
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
