import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openDataset } from '../../../src/data/open.ts';
import { folderOf, idxFile, optionsFor, pixels } from '../fixtures.ts';

const images = (count: number) => idxFile([count, 8, 8], pixels(count * 64, count));
const labels = (count: number) =>
  idxFile(
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 2),
  );

test.each([
  ['images.gz', 'labels.gz'],
  ['x.idx', 'y.idx'],
  ['a', 'b'],
  ['test-x', 'y'],
])('the only pair in a folder is one, whatever its names: %s, %s', async (x, y) => {
  const folder = await folderOf({ [x]: gzipSync(images(16)), [y]: labels(16), 'README.md': 'digits' });
  for (const data of [folder, join(folder, x)]) {
    const { description } = await openDataset(await optionsFor(data));
    expect(description).toMatchObject({ trainSamples: 12, validationSamples: 4, imageShape: [8, 8, 1] });
  }
});

test('names say what is for training and what for validation', async () => {
  const files = {
    'x_train.idx': images(16),
    'y_train.idx': labels(16),
    'x_test.idx': images(8),
    'y_test.idx': labels(8),
  };
  const { description } = await openDataset(await optionsFor(await folderOf(files)));
  expect(description).toMatchObject({ trainSamples: 16, validationSamples: 8 });
});

test.each([
  [
    ['a', 'b'],
    ['c', 'd'],
  ],
  [['train-x', 'more-train-x'], ['train-y']],
  [['x'], []],
  [['x_train', 'x_test'], ['y']],
])('where names leave open which belong together, all are named: %j, %j', async (x, y) => {
  const all = [...x.map((name) => [name, images(8)] as const), ...y.map((name) => [name, labels(8)] as const)];
  await expect(openDataset(await optionsFor(await folderOf(Object.fromEntries(all))))).rejects.toMatchObject({
    code: 'DATA_LAYOUT',
    message: expect.stringContaining(`labels in ${y.join(', ') || 'none'}`),
  });
});

test('the file of the labels alone is called what it is', async () => {
  const folder = await folderOf({ 'images.gz': gzipSync(images(16)), 'labels.gz': gzipSync(labels(16)) });
  await expect(openDataset(await optionsFor(join(folder, 'labels.gz')))).rejects.toThrow(
    /labels\.gz holds the labels of an IDX dataset: pass the file of its images/,
  );
});
