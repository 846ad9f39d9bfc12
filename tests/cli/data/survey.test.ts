import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spreadOf, survey } from '../../../src/cli/data/survey.ts';
import { openDataset } from '../../../src/data/open.ts';
import { cifarFile, folderOf, image, optionsFor } from '../../data/fixtures.ts';

test('counts classes by split, and measures images as they are, upright', async () => {
  const data = await folderOf({
    'train/cat/0.png': await image(0, { width: 10, height: 20 }),
    'train/cat/1.png': await image(1, { width: 30, height: 8 }),
    'train/dog/0.jpg': await image(2, { width: 16, height: 12, format: 'jpeg' }),
    'val/dog/0.png': await image(3, { width: 12, height: 40, channels: 1 }),
  });
  const dataset = await openDataset(await optionsFor(data, { imageSize: 8 }));
  expect(await survey(dataset)).toEqual({
    classes: [
      { name: 'cat', train: 2, validation: 0 },
      { name: 'dog', train: 1, validation: 1 },
    ],
    width: { min: 10, median: 16, max: 30 },
    height: { min: 8, median: 20, max: 40 },
    grey: 1,
  });
});

test('a raw dataset has the size that it has before it is resized', async () => {
  const data = await folderOf({ 'data_batch_1.bin': cifarFile(20) });
  const dataset = await openDataset(await optionsFor(data, { imageSize: 16 }));
  const found = await survey(dataset);
  expect(found).toMatchObject({ width: { min: 32, median: 32, max: 32 }, grey: 0 });
  expect(found.classes.reduce((sum, { train, validation }) => sum + train + validation, 0)).toBe(20);
});

test('a spread is in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
      const { min, median, max } = spreadOf(values);
      expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
      expect(values.filter((value) => value < median).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > median).length).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});
