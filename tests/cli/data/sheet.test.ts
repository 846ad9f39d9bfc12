import { expect, test } from 'vitest';
import { drawSheet, MAX_ROWS } from '../../../src/cli/data/sheet.ts';
import { survey } from '../../../src/cli/data/survey.ts';
import { augmenter } from '../../../src/data/augment/augmenter.ts';
import { openDataset } from '../../../src/data/open.ts';
import { augmentationSchema } from '../../../src/shared/job/augmentation.ts';
import { type Canvas, textWidth } from '../../../src/cli/picture/canvas.ts';
import { folderOf, idxPair, imagesIn, optionsFor } from '../../data/fixtures.ts';

/** Whether the picture has an image of `pixels` (8x8, three channels), enlarged, with its corner at (x, y). */
function shows(canvas: Canvas, pixels: Uint8Array, x: number, y: number, scale: number): boolean {
  for (let row = 0; row < 8 * scale; row++) {
    for (let column = 0; column < 8 * scale; column++) {
      const from = 3 * (Math.floor(row / scale) * 8 + Math.floor(column / scale));
      const to = 3 * ((y + row) * canvas.width + x + column);
      for (let c = 0; c < 3; c++) if (canvas.pixels[to + c] !== pixels[from + c]) return false;
    }
  }
  return true;
}

async function sheetOf(files: Readonly<Record<string, Uint8Array>>, settings: object) {
  const data = await folderOf(files);
  const dataset = await openDataset(await optionsFor(data));
  const augment = augmenter(augmentationSchema.parse(settings), dataset.description, 1);
  const { classes: counts } = await survey(dataset);
  return { dataset, canvas: await drawSheet({ dataset, classes: counts, augment, seed: 1 }) };
}

async function pixelsOf(dataset: Awaited<ReturnType<typeof openDataset>>, index: number): Promise<Uint8Array> {
  const { decodeSample } = await import('../../../src/data/images/decode.ts');
  return decodeSample(dataset.description, await dataset.read('train', index));
}

test('a sheet has a row for each class, with images of that class as the network gets them', async () => {
  const { dataset, canvas } = await sheetOf(await imagesIn(['cat', 'dog'], 3), {});
  // 8 pixels a side are shown 12 times as large, in rows of 102, beside the widest label.
  const left = 16 + textWidth('2 in training', 1) + 16;
  for (const [row, label] of [0, 1].entries()) {
    const own = [0, 1, 2, 3].filter((index) => dataset.labelOf('train', index) === label);
    expect(own).toHaveLength(2);
    for (const place of [0, 1]) {
      const found: boolean[] = [];
      for (const index of own)
        found.push(shows(canvas, await pixelsOf(dataset, index), left + 102 * place, 16 + 102 * row, 12));
      expect(found.filter(Boolean), `row ${row}, place ${place}`).toHaveLength(1);
    }
  }
});

test('with augmentation, an image is followed by what becomes of it in each epoch', async () => {
  const { dataset, canvas } = await sheetOf(await imagesIn(['cat', 'dog'], 3), { jitter: 0.5, flip: true });
  const augment = augmenter(augmentationSchema.parse({ jitter: 0.5, flip: true }), dataset.description, 1)!;
  const left = 16 + textWidth('2 in training', 1) + 16;
  let first: number | null = null;
  for (const index of [0, 1, 2, 3]) if (shows(canvas, await pixelsOf(dataset, index), left, 30, 12)) first = index;
  expect(first).not.toBeNull();
  const pixels = await pixelsOf(dataset, first!);
  for (const epoch of [0, 1, 2]) {
    expect(shows(canvas, augment(pixels, epoch, first!), left + 102 * (epoch + 1), 30, 12)).toBe(true);
  }
});

test('more classes than anybody looks at are cut off', async () => {
  const classes = MAX_ROWS + 5;
  const { canvas } = await sheetOf(idxPair('train', { classes, count: 3 * classes, side: 8 }), {});
  expect(canvas.height).toBe(16 + MAX_ROWS * 102 + 16);
});
