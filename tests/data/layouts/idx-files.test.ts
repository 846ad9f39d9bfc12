import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openDataset } from '../../../src/data/open.ts';
import { folderOf, idxFile, idxPair, optionsFor, pixels } from '../fixtures.ts';

const IMAGES = 'train-images-idx3-ubyte';
const LABELS = 'train-labels-idx1-ubyte';
const plain = () => idxPair('train', { side: 8 });

async function described(files: Readonly<Record<string, Uint8Array | string>>, inside = '') {
  return (await openDataset(await optionsFor(join(await folderOf(files), inside)))).description;
}

test.each([
  ['unpacked under the name of the packed', `${IMAGES}.gz`, `${LABELS}.gz`, false],
  ['packed under the name of the unpacked', IMAGES, LABELS, true],
  ['with a point', 'train-images.idx3-ubyte', 'train-labels.idx1-ubyte', false],
  ['packed, and with a point', 'train-images.idx3-ubyte.gz', 'train-labels.idx1-ubyte.gz', true],
  ['without the dimensions', 'train-images.gz', 'train-labels.gz', true],
  ['with underscores', 'train_images_idx3_ubyte', 'train_labels_idx1_ubyte', false],
  ['with an ending', 'train-images.idx', 'train-labels.idx', false],
  ['without any of it', 'train-images', 'train-labels', false],
  ['fetched twice', `${IMAGES} (1)`, `${LABELS} (1)`, false],
  ['packed, under names that say nothing', 'x.gz', 'y.gz', true],
] as const)('IDX files are known by their content: %s', async (_, images, labels, isPacked) => {
  const pair = plain();
  const pack = isPacked ? gzipSync : (bytes: Uint8Array) => bytes;
  const found = await described({ [images]: pack(pair[IMAGES]!), [labels]: pack(pair[LABELS]!) });
  expect(found.digest).toBe((await described(pair)).digest);
});

test('images of a dataset that is not the one that is read are named', async () => {
  const folder = await folderOf({ ...plain(), ...idxPair('fashion-t10k', { side: 8 }) });
  expect((await openDataset(await optionsFor(folder))).notices.join()).toContain(
    `fashion-t10k-images-idx3-ubyte in ${folder} is not used: of the same dataset are files whose names begin with train- or t10k-.`,
  );
});

test('files without a single image are refused as that', async () => {
  const empty = { [IMAGES]: idxFile([0, 8, 8], new Uint8Array(0)), [LABELS]: idxFile([0], new Uint8Array(0)) };
  await expect(described(empty)).rejects.toThrow(/train-images-idx3-ubyte holds no images\./);
});

/** Two of EMNIST's datasets; letters begin at 1. */
async function emnist(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { side: 8, classes: 3 };
  return folderOf({
    ...idxPair('emnist-letters-train', { ...options, first: 1 }),
    ...idxPair('emnist-letters-test', { ...options, first: 1, count: 6 }),
    ...idxPair('emnist-digits-train', options),
    ...idxPair('emnist-digits-test', { ...options, count: 6 }),
    'emnist-letters-mapping.txt': '1 65 97\n2 66 98\n3 67 99\n',
    ...more,
  });
}

test("of EMNIST's datasets in one folder each is a choice", async () => {
  const folder = await emnist();
  await expect(openDataset(await optionsFor(folder))).rejects.toMatchObject({
    code: 'DATA_LAYOUT',
    exitCode: 65,
    message: expect.stringMatching(
      /holds 2 datasets\. Pass the training images of one.*emnist-digits-train-images-idx3-ubyte, .*emnist-letters-train-images-idx3-ubyte\.$/,
    ),
  });
  const letters = await openDataset(await optionsFor(join(folder, 'emnist-letters-train-images-idx3-ubyte')));
  expect(letters.description).toMatchObject({ trainSamples: 12, validationSamples: 6, classes: ['Aa', 'Bb', 'Cc'] });
  const digits = await openDataset(await optionsFor(join(folder, 'emnist-digits-train-images-idx3-ubyte')));
  expect(digits.description).toMatchObject({ trainSamples: 12, validationSamples: 6, classes: ['0', '1', '2'] });
});

test("EMNIST's images are upright, in every byte that is served", async () => {
  const folder = await emnist();
  const dataset = await openDataset(await optionsFor(join(folder, 'emnist-letters-train-images-idx3-ubyte')));
  const stored = pixels(12 * 64, 1).subarray(64, 128);
  const upright = Uint8Array.from({ length: 64 }, (_, i) => stored[(i % 8) * 8 + Math.floor(i / 8)]!);
  expect(Buffer.from(await dataset.read('train', 1))).toEqual(Buffer.from(upright));
  // MNIST itself is stored upright.
  const mnist = await folderOf({ ...plain(), ...idxPair('t10k', { side: 8 }) });
  const other = await openDataset(await optionsFor(mnist));
  expect(Buffer.from(await other.read('train', 1))).toEqual(Buffer.from(stored));
  expect(await readFile(join(folder, 'emnist-letters-train-images-idx3-ubyte'))).toEqual(
    Buffer.from(idxFile([12, 8, 8], pixels(12 * 64, 1))),
  );
});

test('classes are numbers where the mapping does not name all of them', async () => {
  const folder = await emnist({ 'emnist-letters-mapping.txt': '1 65\n2 65\n' });
  const data = join(folder, 'emnist-letters-train-images-idx3-ubyte');
  expect((await openDataset(await optionsFor(data))).description.classes).toEqual(['1', '2', '3']);
});

test('a folder of the same name beside the file is no second file', async () => {
  const folder = await folderOf(plain());
  await mkdir(join(folder, 'train-images.idx3-ubyte'));
  await writeFile(join(folder, 'train-images.idx3-ubyte', 'train-images.idx3-ubyte'), '');
  expect((await openDataset(await optionsFor(folder))).description.trainSamples).toBe(9);
});

test('an image is named by its place in its file, not by where that lies on this machine', async () => {
  const dataset = await openDataset(await optionsFor(await folderOf(plain())));
  expect(dataset.nameOf('train', 0)).toMatch(new RegExp(`^image \\d+ of ${IMAGES}$`));
});
