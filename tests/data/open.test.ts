import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/samples/dataset.ts';
import { skippedSentence } from '../../src/data/samples/dataset.ts';
import { decodeSample } from '../../src/data/images/decode.ts';
import { digestOf as digestOfSamples } from '../../src/data/samples/digest.ts';
import { openDataset } from '../../src/data/open.ts';
import { roundedSplit } from '../../src/data/samples/split.ts';
import type { Split } from '../../src/shared/protocol/shared.ts';
import { leftOut } from '../left-out.ts';
import { cifarFile, folderOf, idxPair, image, imagesIn, optionsFor, pixels, temporaryFolder } from './fixtures.ts';

function labels(dataset: Dataset, split: Split): number[] {
  const { trainSamples, validationSamples } = dataset.description;
  return Array.from({ length: split === 'train' ? trainSamples : validationSamples }, (_, i) =>
    dataset.labelOf(split, i),
  );
}

function names(dataset: Dataset, split: Split): string[] {
  return labels(dataset, split).map((_, index) => dataset.nameOf(split, index));
}

describe('the bundled digits', () => {
  test('are 1,797 grey images of ten classes, split by seed', async () => {
    const dataset = await openDataset(await optionsFor('digits', { validationSplit: 0.2 }));
    const { description } = dataset;
    expect(description).toMatchObject({
      name: 'digits',
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      imageShape: [8, 8, 1],
      encoding: 'raw',
    });
    expect(description.trainSamples + description.validationSamples).toBe(1797);
    expect(Math.abs(description.validationSamples - 359)).toBeLessThanOrEqual(5);
    expect(dataset.labelOf('train', 0)).toBeLessThan(10);
    const all = await Promise.all(Array.from({ length: description.trainSamples }, (_, i) => dataset.read('train', i)));
    expect(Math.max(...all.map((sample) => Math.max(...sample)))).toBe(255);
  });

  test('come out the same for the same seed and otherwise for another', async () => {
    const digestAt = async (seed: number) =>
      (await openDataset(await optionsFor('digits', { seed }))).description.digest;
    const digest = await digestAt(7);
    expect(await digestAt(7)).toBe(digest);
    expect(await digestAt(8)).not.toBe(digest);
  });
});

describe('layouts', () => {
  test('a folder per class is split by seed, every file in one part', async () => {
    const folder = await folderOf(await imagesIn(['dog', 'ant', 'cat'], 8));
    const dataset = await openDataset(await optionsFor(folder));
    expect(dataset.description).toMatchObject({
      classes: ['ant', 'cat', 'dog'],
      encoding: 'image',
      imageShape: [8, 8, 3],
      trainSamples: 18,
      validationSamples: 6,
    });
    const all = [...names(dataset, 'train'), ...names(dataset, 'validation')];
    expect(all.toSorted()).toEqual(
      ['ant', 'cat', 'dog'].flatMap((name) => [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `${name}/${i}.png`)),
    );
    names(dataset, 'train').forEach((name, index) =>
      expect(dataset.description.classes[dataset.labelOf('train', index)]).toBe(name.split('/')[0]),
    );
  });

  test.each(['val', 'valid', 'validation', 'test'])('train/ and %s/ keep their split', async (name) => {
    const folder = await folderOf(await imagesIn(['train/a', 'train/b', `${name}/a`, `${name}/b`], 3));
    const dataset = await openDataset(await optionsFor(folder));
    expect(names(dataset, 'train').every((file) => file.startsWith('train/'))).toBe(true);
    expect(names(dataset, 'validation').every((file) => file.startsWith(`${name}/`))).toBe(true);
    expect(labels(dataset, 'validation')).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('train may be a class', async () => {
    const folder = await folderOf(await imagesIn(['train', 'car', 'ship'], 3));
    expect((await openDataset(await optionsFor(folder))).description.classes).toEqual(['car', 'ship', 'train']);
  });

  test('files named like cat.0.jpg have their class in the name', async () => {
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 4; i++) {
      files[`cat.${i}.jpg`] = await image(i, { format: 'jpeg' });
      files[`dog.${i}.jpg`] = await image(10 + i, { format: 'jpeg' });
    }
    const flat = await openDataset(await optionsFor(await folderOf(files)));
    expect(flat.description).toMatchObject({ classes: ['cat', 'dog'], trainSamples: 6, validationSamples: 2 });
    const nested = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`train/${name}`, bytes]));
    const kaggle = await openDataset(
      await optionsFor(await folderOf({ ...nested, 'test1/1.jpg': files['cat.0.jpg']! })),
    );
    expect(kaggle.description).toMatchObject({ classes: ['cat', 'dog'], trainSamples: 6, validationSamples: 2 });
  });

  test('MNIST files: t10k is for validation, packed or not', async () => {
    const files = { ...idxPair('train', { count: 12 }), ...idxPair('t10k', { count: 6 }) };
    const plain = await openDataset(await optionsFor(await folderOf(files)));
    expect(plain.description).toMatchObject({
      classes: ['0', '1', '2'],
      imageShape: [4, 4, 1],
      encoding: 'raw',
      trainSamples: 12,
      validationSamples: 6,
    });
    expect(Uint8Array.from(await plain.read('train', 1))).toEqual(pixels(12 * 16, 1).subarray(16, 32));
    const packed = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));
    const both = await openDataset(await optionsFor(await folderOf({ ...packed, ...idxPair('train', { count: 12 }) })));
    expect(both.description.digest).toBe(plain.description.digest);
    const dotted = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name.replace('-idx', '.idx'), bytes]),
    );
    expect((await openDataset(await optionsFor(await folderOf(dotted)))).description.digest).toBe(
      plain.description.digest,
    );
  });

  test('IDX labels need not start at 0, and one file may be named alone', async () => {
    const folder = await folderOf({ ...idxPair('emnist-letters-train', { first: 1 }), ...idxPair('t10k') });
    const file = join(folder, 'emnist-letters-train-images-idx3-ubyte');
    const dataset = await openDataset(await optionsFor(file));
    expect(dataset.description).toMatchObject({ classes: ['1', '2', '3'], trainSamples: 9, validationSamples: 3 });
  });

  test('CIFAR-10 records become channels-last pixels; the test batch is for validation', async () => {
    const folder = await folderOf({
      'data_batch_1.bin': cifarFile(20),
      'data_batch_2.bin': cifarFile(10),
      'test_batch.bin': cifarFile(10),
    });
    const dataset = await openDataset(await optionsFor(folder));
    expect(dataset.description).toMatchObject({ imageShape: [32, 32, 3], trainSamples: 30, validationSamples: 10 });
    expect(dataset.description.classes[9]).toBe('truck');
    const planes = pixels(3072, 3);
    const first = await dataset.read('train', 3);
    expect(first.subarray(0, 6)).toEqual(
      Uint8Array.of(planes[0]!, planes[1024]!, planes[2048]!, planes[1]!, planes[1025]!, planes[2049]!),
    );
    const alone = await openDataset(await optionsFor(join(folder, 'data_batch_1.bin')));
    expect(alone.description).toMatchObject({ trainSamples: 10, validationSamples: 10 });
  });
});

const hidden = existsSync('/proc/self/fd') ? null : 'this system does not say which files a process has open';

describe.skipIf(hidden !== null)(`an open dataset${leftOut(hidden)}`, () => {
  const openFilesIn = async (folder: string) => {
    const descriptors = await readdir('/proc/self/fd');
    const files = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
    return files.filter((file) => file.startsWith(folder));
  };

  test.each([
    ['images', () => imagesIn(['cat', 'dog'], 5)],
    ['records', async () => ({ 'data_batch_1.bin': cifarFile(30) })],
  ])('holds no file of its own: whoever is done with it has nothing to give back (%s)', async (_, files) => {
    const folder = await folderOf(await files());
    const dataset = await openDataset(await optionsFor(folder));
    await Promise.all([0, 1, 2].map((index) => dataset.read('train', index)));
    expect(await openFilesIn(folder)).toEqual([]);
  });
});

describe('shape', () => {
  test('images keep a size that all have, and get 64 pixels a side where sizes differ', async () => {
    const same = await openDataset(
      await optionsFor(await folderOf(await imagesIn(['a', 'b'], 3, { width: 10, height: 6 }))),
    );
    expect(same.description.imageShape).toEqual([6, 10, 3]);
    const mixed = await folderOf({ ...(await imagesIn(['a', 'b'], 3)), 'b/x.png': await image(9, { width: 9 }) });
    expect((await openDataset(await optionsFor(mixed))).description.imageShape).toEqual([64, 64, 3]);
    expect((await openDataset(await optionsFor(mixed, { imageSize: 16 }))).description.imageShape).toEqual([16, 16, 3]);
  });

  test('one channel only where all images are grey', async () => {
    const grey = await imagesIn(['a', 'b'], 3, { channels: 1 });
    expect((await openDataset(await optionsFor(await folderOf(grey)))).description.imageShape).toEqual([8, 8, 1]);
    const one = await folderOf({ ...grey, 'a/colour.png': await image(7) });
    expect((await openDataset(await optionsFor(one))).description.imageShape).toEqual([8, 8, 3]);
  });

  test('raw samples are resized by the one who reads them', async () => {
    const folder = await folderOf(idxPair('train'));
    const dataset = await openDataset(await optionsFor(folder, { imageSize: 8 }));
    expect(dataset.description.imageShape).toEqual([8, 8, 1]);
    const bytes = await dataset.read('train', 0);
    expect(await decodeSample(dataset.description, bytes)).toHaveLength(64);
  });
});

describe('mean and deviation', () => {
  test('are those of the training pixels, however the files are encoded', async () => {
    const folder = await folderOf(await imagesIn(['a', 'b'], 5));
    const dataset = await openDataset(await optionsFor(folder));
    const { description } = dataset;
    const decoded = await Promise.all(
      labels(dataset, 'train').map(async (_, index) => decodeSample(description, await dataset.read('train', index))),
    );
    for (let channel = 0; channel < 3; channel++) {
      const values = decoded.flatMap((sample) => [...sample].filter((_, i) => i % 3 === channel).map((v) => v / 255));
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
      expect(description.mean[channel]).toBeCloseTo(mean, 10);
      expect(description.deviation[channel]).toBeCloseTo(Math.sqrt(variance), 10);
    }
  });

  test('of a channel that never changes: deviation 1, so that dividing by it is harmless', async () => {
    const flat = { ...idxPair('train') };
    flat['train-images-idx3-ubyte']!.fill(77, 16);
    const { description } = await openDataset(await optionsFor(await folderOf(flat)));
    expect(description.deviation).toEqual([1]);
    expect(description.mean).toEqual([77 / 255]);
  });

  test('are found without decoding the second time, and again when what was kept is spoilt', async () => {
    const options = await optionsFor(await folderOf(await imagesIn(['a', 'b'], 4)));
    const phases = async () => {
      const seen = new Set<string>();
      const { description } = await openDataset({ ...options, onProgress: ({ phase }) => seen.add(phase) });
      return { description, seen: [...seen] };
    };
    const first = await phases();
    expect(first.seen).toEqual(['reading', 'measuring', 'decoding']);
    const second = await phases();
    expect(second).toEqual({ description: first.description, seen: ['reading'] });
    const kept = join(options.cacheDir, 'datasets');
    await writeFile(join(kept, (await readdir(kept))[0]!), '{"version":1');
    expect(await phases()).toEqual(first);
    expect((await phases()).seen).toEqual(['reading']);
  });
});

describe('the digest', () => {
  test('changes with a byte, a label or the split, and not with where the folder is', async () => {
    const files = await imagesIn(['a', 'b'], 4);
    const digestOf = async (content: Record<string, Uint8Array>, more = {}) =>
      (await openDataset(await optionsFor(await folderOf(content), more))).description.digest;
    const base = await digestOf(files);
    expect(await digestOf(files)).toBe(base);
    expect(await digestOf({ ...files, 'a/0.png': await image(99) })).not.toBe(base);
    expect(await digestOf(files, { seed: 2 })).not.toBe(base);
    expect(await digestOf(files, { validationSplit: 0.5 })).not.toBe(base);
    const swapped = { ...files, 'a/0.png': files['b/0.png']!, 'b/0.png': files['a/0.png']! };
    expect(await digestOf(swapped)).not.toBe(base);
  });
});

describe('bad images', () => {
  const withBad = async () => {
    const good = await imagesIn(['a', 'b'], 4);
    const jpeg = await image(1, { width: 64, height: 64, format: 'jpeg' });
    return folderOf({
      ...good,
      'a/text.png': 'not an image at all',
      'b/cut.jpg': jpeg.subarray(0, jpeg.length / 2),
      'b/empty.webp': '',
    });
  };

  test('are fatal: the first is named with the reason', async () => {
    await expect(openDataset(await optionsFor(await withBad()))).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      exitCode: 65,
      message: expect.stringMatching(
        /^a\/text\.png in .* cannot be decoded: it is not a JPEG, PNG or WebP file, but text\. Nor can 2 more: `gradsocket data '.*'` lists them\. Replace them, or pass --bad-images skip\.$/,
      ),
    });
  });

  test('are looked for on and on only for a while once one is fatal', async () => {
    const folder = await folderOf({
      ...(await imagesIn(['a', 'b'], 4)),
      ...Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`a/x${i}.png`, ''])),
    });
    const refusal = expect.stringMatching(/^a\/x0\.png .*: it is empty\. Nor can at least 50\d more: /);
    for (const _ of ['first', 'again']) {
      await expect(openDataset(await optionsFor(folder))).rejects.toMatchObject({ message: refusal });
    }
    const one = await folderOf({ ...(await imagesIn(['a', 'b'], 4)), 'a/x.png': '' });
    await expect(openDataset(await optionsFor(one))).rejects.toThrow(/: it is empty\. Replace it, or pass/);
  });

  test('or are skipped, counted and named; nothing of them is left', async () => {
    const options = await optionsFor(await withBad(), { badImages: 'skip' });
    for (const round of ['decoding', 'from the cache']) {
      const dataset = await openDataset(options);
      expect(dataset.skipped, round).toEqual([
        { file: 'a/text.png', reason: 'it is not a JPEG, PNG or WebP file, but text' },
        { file: 'b/cut.jpg', reason: 'it ends early' },
        { file: 'b/empty.webp', reason: 'it is empty' },
      ]);
      expect(skippedSentence(dataset.skipped, 'pets')).toContain('3 images were skipped: a/text.png');
      expect(dataset.description).toMatchObject({ trainSamples: 6, validationSamples: 2 });
      const kept = [...names(dataset, 'train'), ...names(dataset, 'validation')];
      expect(kept.some((name) => /text|cut|empty/.test(name))).toBe(false);
    }
  });

  test('so are images of more pixels than the setting says, until it says more', async () => {
    const huge = await image(9, { width: 20, height: 20 });
    const folder = await folderOf({ ...(await imagesIn(['a', 'b'], 4)), 'a/huge.png': huge });
    const options = await optionsFor(folder, { maxPixels: 399, imageSize: 8 });
    await expect(openDataset(options)).rejects.toThrow(
      /^a\/huge\.png in .* cannot be decoded: it has more than 399 pixels; raise --max-pixels\. Replace it/,
    );
    for (const imageSize of [null, 8]) {
      const skipping = await openDataset({ ...options, badImages: 'skip', imageSize });
      expect(skipping.skipped.map(({ file }) => file)).toEqual(['a/huge.png']);
      // Whoever is given the description decodes by it.
      await expect(decodeSample(skipping.description, huge)).rejects.toThrow(/more than 399 pixels/);
    }
    const raised = await openDataset({ ...options, maxPixels: 400 });
    expect([raised.description.trainSamples, raised.description.validationSamples]).toEqual([7, 2]);
    await decodeSample(raised.description, huge);
    const usual = await openDataset({ ...options, maxPixels: 100_000_000 });
    expect(usual.description).not.toHaveProperty('maxPixels');
    expect(usual.description.digest).toBe(raised.description.digest);
  });

  test('a skipped image leaves the same dataset as one that was never there', async () => {
    const good = await folderOf(await imagesIn(['a', 'b'], 4));
    const skipping = await openDataset(await optionsFor(await withBad(), { badImages: 'skip', imageSize: 8 }));
    const clean = await openDataset(await optionsFor(good, { imageSize: 8 }));
    expect(skipping.description.digest).toBe(clean.description.digest);
  });

  test('a class of which nothing can be decoded is an empty class', async () => {
    const folder = await folderOf({ ...(await imagesIn(['a', 'b'], 4)), 'c/1.png': 'x' });
    await expect(openDataset(await optionsFor(folder, { badImages: 'skip' }))).rejects.toMatchObject({
      code: 'EMPTY_CLASS',
      exitCode: 65,
      message: expect.stringMatching(
        /^Class c has no training images in .*\(c\/1\.png cannot be decoded: it is not a JPEG/,
      ),
    });
  });
});

describe('refusals', () => {
  const cases: readonly [string, () => Promise<string>, string, RegExp][] = [
    [
      'no such folder',
      async () => join(await temporaryFolder(), 'nothing'),
      'DATA_NOT_FOUND',
      /nothing does not exist/,
    ],
    ['an empty folder', temporaryFolder, 'DATA_EMPTY', /is empty/],
    [
      'a file of no known kind',
      async () => join(await folderOf({ 'a.zip': '\x01\x02' }), 'a.zip'),
      'DATA_LAYOUT',
      /unknown kind/,
    ],
    ['a folder of other files', () => folderOf({ 'a.txt': '', 'b.csv': '' }), 'DATA_LAYOUT', /a\.txt, b\.csv/],
    ['one class only', async () => folderOf(await imagesIn(['a'], 3)), 'ONE_CLASS', /only one class, a\./],
    [
      'an empty class',
      async () => folderOf({ ...(await imagesIn(['a', 'b'], 3)), 'c/': '' }),
      'EMPTY_CLASS',
      /Class c /,
    ],
    ['empty class folders', () => folderOf({ 'train/a/': '', 'train/b/': '' }), 'EMPTY_CLASS', /Class a /],
    [
      'an empty train/',
      async () => folderOf({ ...(await imagesIn(['val/a', 'val/b'], 1)), 'train/': '' }),
      'DATA_EMPTY',
      /train/,
    ],
    [
      'an empty val/',
      async () => folderOf({ ...(await imagesIn(['train/a', 'train/b'], 1)), 'val/': '' }),
      'DATA_EMPTY',
      /val/,
    ],
    [
      'a file without a class',
      async () => folderOf({ 'cat.1.png': await image(1), 'who.png': await image(2) }),
      'DATA_LAYOUT',
      /who\.png has no class/,
    ],
    [
      'formats mixed',
      () => folderOf({ ...idxPair('train'), 'data_batch_1.bin': cifarFile(10) }),
      'DATA_LAYOUT',
      /MNIST IDX files .* and CIFAR-10 files/,
    ],
    [
      'a class in val/ only',
      async () => folderOf(await imagesIn(['train/a', 'train/b', 'val/c'], 2)),
      'CLASS_NOT_IN_TRAINING',
      /class c, which .*train does not have \(it has a, b\)/,
    ],
    [
      'one image a class',
      async () => folderOf(await imagesIn(['a', 'b'], 1)),
      'NO_VALIDATION',
      /no class has two images/,
    ],
    [
      'wrong IDX magic',
      () => folderOf({ ...idxPair('train'), 'train-images-idx3-ubyte': Buffer.from('PK\x03\x04 zipped') }),
      'IDX_MAGIC',
      /is a zip archive, where .* 0x00000803/,
    ],
    [
      'a web page under the name of a packed IDX file',
      () => folderOf({ ...idxPair('train'), 'train-images-idx3-ubyte': '<!DOCTYPE html><p>403 Forbidden' }),
      'IDX_MAGIC',
      /train-images-idx3-ubyte is a web page, as a failed download leaves, where an IDX file/,
    ],
    [
      'an IDX file of floats',
      () => folderOf({ ...idxPair('train'), 'train-images-idx3-ubyte': Buffer.of(0, 0, 0xd, 3, 0, 0, 0, 1) }),
      'IDX_MAGIC',
      /starts with 0x00000d03 where .* 0x00000803/,
    ],
    [
      'an empty file in the place of an archive',
      async () => join(await folderOf({ 'pets.zip': '' }), 'pets.zip'),
      'DATA_EMPTY',
      /pets\.zip is empty\. Fetch it again\./,
    ],
    [
      'labels for images',
      () => folderOf({ ...idxPair('train'), 'train-images-idx3-ubyte': idxPair('train')['train-labels-idx1-ubyte']! }),
      'IDX_MAGIC',
      /0x00000801/,
    ],
    [
      'an IDX file cut short',
      () =>
        folderOf({
          ...idxPair('train'),
          'train-images-idx3-ubyte': idxPair('train')['train-images-idx3-ubyte']!.subarray(0, 100),
        }),
      'IDX_LENGTH',
      /has 100 bytes where its header says 208/,
    ],
    [
      'an IDX header cut short',
      () =>
        folderOf({
          ...idxPair('train'),
          'train-images-idx3-ubyte': idxPair('train')['train-images-idx3-ubyte']!.subarray(0, 9),
        }),
      'IDX_LENGTH',
      /has 9 bytes/,
    ],
    [
      'more labels than images',
      () =>
        folderOf({
          ...idxPair('train', { count: 12 }),
          'train-labels-idx1-ubyte': idxPair('x', { count: 13 })['x-labels-idx1-ubyte']!,
        }),
      'IDX_COUNTS',
      /12 images but .* 13 labels/,
    ],
    [
      'images without labels',
      () => folderOf({ 'train-images-idx3-ubyte': idxPair('train')['train-images-idx3-ubyte']! }),
      'IDX_NO_LABELS',
      /Add train-labels-idx1-ubyte/,
    ],
    ['validation without training', () => folderOf(idxPair('t10k')), 'IDX_NO_TRAINING', /no training images/],
    [
      'parts of different shapes',
      () => folderOf({ ...idxPair('train'), ...idxPair('t10k', { side: 5 }) }),
      'IDX_SHAPES',
      /4x4x1.*5x5x1/,
    ],
    [
      'a label in t10k only',
      () => folderOf({ ...idxPair('train'), ...idxPair('t10k', { classes: 4 }) }),
      'CLASS_NOT_IN_TRAINING',
      /class 3/,
    ],
    ['IDX of one class', () => folderOf(idxPair('train', { classes: 1 })), 'ONE_CLASS', /only one class, 0/],
    [
      'a spoilt .gz',
      () =>
        folderOf({
          'train-images-idx3-ubyte.gz': gzipSync(idxPair('train')['train-images-idx3-ubyte']!).subarray(0, 60),
          'train-labels-idx1-ubyte': idxPair('train')['train-labels-idx1-ubyte']!,
        }),
      'IDX_GZIP',
      /cannot be unpacked/,
    ],
    [
      'a CIFAR file cut short',
      () => folderOf({ 'data_batch_1.bin': cifarFile(20).subarray(0, 50_000) }),
      'CIFAR_LENGTH',
      /50000 bytes.*3073-byte/,
    ],
    ['an empty CIFAR file', () => folderOf({ 'data_batch_1.bin': '' }), 'CIFAR_LENGTH', /0 bytes/],
    [
      'a label that CIFAR-10 has not',
      () => folderOf({ 'data_batch_1.bin': Buffer.alloc(2 * 3073, 200) }),
      'CIFAR_LABEL',
      /label 200/,
    ],
  ];

  test.each(cases)('%s', async (_, make, code, message) => {
    const path = await make();
    const opening = openDataset(await optionsFor(path));
    await expect(opening).rejects.toMatchObject({ code, exitCode: 65, message: expect.stringMatching(message) });
    // A sentence, and with the path that the user knows.
    await expect(opening).rejects.toThrow(/^\S.*\.$/s);
    await expect(opening).rejects.toThrow(path);
  });

  test('litter and hidden files are no images', async () => {
    const files = await imagesIn(['a', 'b'], 4);
    const folder = await folderOf({
      ...files,
      '.DS_Store': 'x',
      'a/Thumbs.db': 'x',
      'b/.hidden': 'x',
      '.git/config': 'x',
      'README.md': 'x',
    });
    expect((await openDataset(await optionsFor(folder))).description.trainSamples).toBe(6);
  });

  test.each([
    ['is gone', 'it is gone', async (file: string) => rm(file)],
    ['has other bytes', 'it has other bytes', async (file: string) => writeFile(file, await image(99))],
    ['can be read no more', 'it is a folder', async (file: string) => rm(file).then(() => mkdir(file))],
  ])('a file that %s after opening is named when it is read, with what helps', async (_, why, change) => {
    const folder = await folderOf(await imagesIn(['a', 'b'], 4));
    const dataset = await openDataset(await optionsFor(folder));
    const name = dataset.nameOf('train', 2);
    await change(join(folder, name));
    await expect(dataset.read('train', 2)).rejects.toMatchObject({
      code: 'DATA_CHANGED',
      exitCode: 65,
      message: `${name} in ${folder} changed since the dataset was opened: ${why}. Bring it back as it was (a run goes on then, with --resume), or start a new run without it.`,
    });
    expect((await dataset.read('train', 1)).length).toBeGreaterThan(0);
  });
});

describe('data that is not what it seems', () => {
  test('is told where the same picture is in training and validation, or in two classes', async () => {
    const [same, twin] = [await image(170), await image(171)];
    const folder = await folderOf({
      ...(await imagesIn(['train/a', 'train/b', 'val/a', 'val/b'], 10)),
      'train/a/same.png': same,
      'val/a/same.png': same,
      'train/a/twin.png': twin,
      'train/b/twin.png': twin,
    });
    const { duplicates, notices } = await openDataset(await optionsFor(folder));
    expect(duplicates).toEqual({
      acrossSplits: [['val/a/same.png', 'train/a/same.png']],
      acrossClasses: [['train/b/twin.png', 'train/a/twin.png']],
    });
    expect(notices).toEqual([
      expect.stringMatching(/^1 validation sample has the same bytes as a training sample/),
      expect.stringMatching(/^1 image lies in a second class, too/),
    ]);
  });

  test('is split as version 0.1.0 split it where that is what is expected', async () => {
    const folder = await folderOf(await imagesIn(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 5));
    const options = await optionsFor(folder, { validationSplit: 0.29 });
    const now = await openDataset(options);
    expect(now.description.validationSamples).toBe(12);
    // 5 times 0.29 rounds to 1: eight were held out.
    const hashes = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].flatMap((name) =>
        [0, 1, 2, 3, 4].map(async (n) => hash('sha256', await readFile(join(folder, name, `${n}.png`)), 'buffer')),
      ),
    );
    const known = hashes.map((_, index) => Math.floor(index / 5));
    const { train, validation } = roundedSplit(known, 8, 0.29, options.seed);
    const samples = [
      ...train.map((index) => ({ index, label: known[index]!, split: 'train' as const })),
      ...validation.map((index) => ({ index, label: known[index]!, split: 'validation' as const })),
    ];
    const expectedDigest = digestOfSamples({ hashes: Buffer.concat(hashes), unreadable: new Map() }, samples);
    const { description } = await openDataset({ ...options, expectedDigest });
    expect(description).toMatchObject({ digest: expectedDigest, validationSamples: 8 });
    // Of no rule: who expected it says what is wrong.
    const other = await openDataset({ ...options, expectedDigest: 'f'.repeat(64) });
    expect(other.description.digest).toBe(now.description.digest);
  });

  test('says nothing of the bundled digits', async () => {
    const { notices, duplicates } = await openDataset(await optionsFor('digits', { validationSplit: 0.2 }));
    expect(notices).toEqual([]);
    expect(duplicates).toEqual({ acrossSplits: [], acrossClasses: [] });
  });
});

describe('what the network sees', () => {
  const grey = () => imagesIn(['a', 'b'], 4, { channels: 1 });

  test('grey images have three channels where they are asked for, colour has one', async () => {
    const rgb = await openDataset(await optionsFor(await folderOf(await grey()), { colour: 'rgb' }));
    expect(rgb.description.imageShape).toEqual([8, 8, 3]);
    const [red, green, blue] = rgb.description.mean;
    expect([green, blue]).toEqual([red, red]);
    const one = await openDataset(
      await optionsFor(await folderOf(await imagesIn(['a', 'b'], 4)), { colour: 'gray', imageSize: 8 }),
    );
    expect(one.description.imageShape).toEqual([8, 8, 1]);
  });

  test('also of raw formats: pure red is 76, grey is repeated', async () => {
    const red = Buffer.concat(
      Array.from({ length: 20 }, (_, i) =>
        Buffer.concat([Buffer.of(i % 10), Buffer.alloc(1024, 255), Buffer.alloc(2048)]),
      ),
    );
    const cifar = await openDataset(await optionsFor(await folderOf({ 'data_batch_1.bin': red }), { colour: 'gray' }));
    expect(cifar.description.imageShape).toEqual([32, 32, 1]);
    expect(new Set(await cifar.read('train', 0))).toEqual(new Set([76]));
    const folder = await folderOf(idxPair('train'));
    const plain = await openDataset(await optionsFor(folder));
    const idx = await openDataset(await optionsFor(folder, { colour: 'rgb' }));
    const values = await plain.read('train', 3);
    expect([...(await idx.read('train', 3))]).toEqual([...values].flatMap((value) => [value, value, value]));
  });

  test('images are resized, cropped and normalised as asked, and the description says so', async () => {
    const files = await imagesIn(['a', 'b'], 4, { width: 30, height: 20 });
    const options = await optionsFor(await folderOf(files), {
      resize: '16:12',
      interpolation: 'bilinear',
      normalise: 'imagenet',
    });
    const { description } = await openDataset(options);
    expect(description).toMatchObject({
      imageShape: [12, 12, 3],
      decoding: { resize: 16, interpolation: 'bilinear', colourProfile: 'apply' },
      mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225],
    });
    // Another way to scale has other pixels, and another mean.
    const means = new Set<number>();
    for (const interpolation of ['bilinear', 'lanczos'] as const) {
      const { mean } = (await openDataset({ ...options, interpolation, normalise: null })).description;
      means.add(mean[0]!);
    }
    expect(means.size).toBe(2);
  });

  test('says nothing where nothing is asked, and one mean holds for all channels', async () => {
    const folder = await folderOf(await imagesIn(['a', 'b'], 4));
    const { description } = await openDataset(await optionsFor(folder, { normalise: '0.5,0.25', resize: 'cover' }));
    expect(description).not.toHaveProperty('decoding');
    expect(description).toMatchObject({ mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] });
    await expect(
      openDataset(await optionsFor(await folderOf(await grey()), { normalise: 'imagenet' })),
    ).rejects.toMatchObject({
      exitCode: 78,
      message:
        '--normalize imagenet is for 3 channels, and the images have 1. Add --color rgb, or pass one mean and one deviation.',
    });
  });
});
