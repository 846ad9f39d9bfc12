import type { Augment } from '../../data/augment/augmenter.ts';
import type { Dataset } from '../../data/samples/dataset.ts';
import { decodeSample } from '../../data/images/decode.ts';
import { epochOrder } from '../../data/samples/sampler.ts';
import { Canvas, textHeight, textWidth } from '../picture/canvas.ts';
import { enlargement, FAINT, GAP, INK, MARGIN, PAPER, ROW, shortened } from '../picture/theme.ts';
import type { ClassCount } from './survey.ts';

/** Between one image's versions and the next image. */
const GROUP_GAP = 18;
/** More classes than these make a picture that nobody looks at. */
export const MAX_ROWS = 40;
/** Epochs of each image that are shown where they differ. */
const EPOCHS = 3;
const LONGEST_NAME = 20;

export interface SheetOptions {
  readonly dataset: Dataset;
  readonly classes: readonly ClassCount[];
  /** Null: images look the same in every epoch. */
  readonly augment: Augment | null;
  readonly seed: number;
}

/** A row for each class with images as the network gets them, up to the scaling of their values. */
export async function drawSheet({ dataset, classes, augment, seed }: SheetOptions): Promise<Canvas> {
  const { description } = dataset;
  const [height, width] = description.imageShape;
  const scale = enlargement(height, width);
  const tile = { width: width * scale, height: height * scale };
  const versions = augment === null ? 1 : 1 + EPOCHS;
  const group = versions * (tile.width + GAP) + (augment === null ? 0 : GROUP_GAP);
  const groups = Math.max(1, Math.floor(ROW / group));
  const rows = classes.slice(0, MAX_ROWS);
  const names = rows.map(({ name }) => shortened(name, LONGEST_NAME));
  const counts = rows.map(({ train }) => `${train} in training`);
  const labels = Math.max(...names.map((name) => textWidth(name, 2)), ...counts.map((count) => textWidth(count, 1)));
  const left = MARGIN + labels + MARGIN;
  const top = MARGIN + (augment === null ? 0 : textHeight(1) + GAP);
  const rowHeight = Math.max(tile.height, textHeight(2) + GAP + textHeight(1)) + GAP;
  const canvas = new Canvas(left + groups * group + MARGIN, top + rows.length * rowHeight + MARGIN, PAPER);

  const titles = augment === null ? 0 : groups * versions;
  for (let place = 0; place < titles; place++) {
    const version = place % versions;
    const x = left + Math.floor(place / versions) * group + version * (tile.width + GAP);
    canvas.text(version === 0 ? 'as it is' : `epoch ${version}`, { x, y: MARGIN, scale: 1 }, FAINT);
  }
  const chosen = firstOfEachClass(dataset, seed, groups);
  for (const [row, name] of names.entries()) {
    const y = top + row * rowHeight;
    canvas.text(name, { x: MARGIN, y, scale: 2 }, INK);
    canvas.text(counts[row]!, { x: MARGIN, y: y + textHeight(2) + GAP, scale: 1 }, FAINT);
    for (const [place, index] of chosen[row]!.entries()) {
      const pixels = await decodeSample(description, await dataset.read('train', index));
      for (let version = 0; version < versions; version++) {
        const seen = augment === null || version === 0 ? pixels : augment(pixels, version - 1, index);
        const x = left + place * group + version * (tile.width + GAP);
        canvas.image({ pixels: seen, shape: description.imageShape }, { x, y, scale });
      }
    }
  }
  return canvas;
}

/** The first training samples of each class that the first epoch comes to. */
function firstOfEachClass(dataset: Dataset, seed: number, samples: number): readonly (readonly number[])[] {
  const { classes, trainSamples } = dataset.description;
  const chosen = classes.map((): number[] => []);
  for (const index of epochOrder(seed, 0, trainSamples)) {
    const ofClass = chosen[dataset.labelOf('train', index)]!;
    if (ofClass.length < samples) ofClass.push(index);
  }
  return chosen;
}
