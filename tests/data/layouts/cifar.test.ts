import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset } from '../../../src/data/open.ts';
import { cifarFile, folderOf, optionsFor, pixels } from '../fixtures.ts';

/** CIFAR-100: a coarse and a fine label before the pixels. */
function hundred(records: number): Uint8Array {
  return Buffer.concat(
    Array.from({ length: records }, (_, i) => Buffer.concat([Buffer.of(i % 20, i % 100), pixels(3072, i)])),
  );
}

test("CIFAR-100's binary version is read by its fine labels, with their names", async () => {
  const names = Array.from({ length: 100 }, (_, label) => `class ${label}`);
  const files = { 'train.bin': hundred(200), 'test.bin': hundred(100) };
  const named = await openDataset(
    await optionsFor(await folderOf({ ...files, 'fine_label_names.txt': `${names.join('\n')}\n` })),
  );
  expect(named.description).toMatchObject({ trainSamples: 200, validationSamples: 100, classes: names });
  expect(named.labelOf('train', 57)).toBe(57);
  expect(named.nameOf('train', 57)).toBe('record 57 of train.bin');
  expect((await named.read('train', 57)).subarray(0, 3)).toEqual(
    Uint8Array.of(pixels(3072, 57)[0]!, pixels(3072, 57)[1024]!, pixels(3072, 57)[2048]!),
  );
  const bare = await openDataset(await optionsFor(await folderOf(files)));
  expect(bare.description.classes).toEqual(Array.from({ length: 100 }, (_, label) => String(label)));
});

test.each([
  [['data_batch_1', 'test_batch', 'batches.meta'], /holds CIFAR-10's version for Python.*\(cifar-10-binary\.tar\.gz\)/],
  [['train', 'test', 'meta'], /holds CIFAR-100's version for Python.*\(cifar-100-binary\.tar\.gz\)/],
] as const)('pickles are called what they are: %j', async (names, sentence) => {
  const folder = await folderOf(Object.fromEntries(names.map((name) => [name, '\x80\x02}'])));
  await expect(openDataset(await optionsFor(folder))).rejects.toMatchObject({
    code: 'DATA_KIND',
    exitCode: 65,
    message: expect.stringMatching(sentence),
  });
});

test('training files that are missing are named, but not where one of them was asked for', async () => {
  const folder = await folderOf({
    'data_batch_1.bin': cifarFile(20),
    'data_batch_4.bin': cifarFile(20),
    'test_batch.bin': cifarFile(10),
  });
  const { notices } = await openDataset(await optionsFor(folder));
  expect(notices).toContain(
    `${folder} holds 2 of the 5 training files of CIFAR-10: data_batch_2.bin, data_batch_3.bin, data_batch_5.bin are missing.`,
  );
  const alone = await openDataset(await optionsFor(join(folder, 'data_batch_1.bin')));
  expect(alone.notices.join()).not.toContain('missing');
});

test('that only the test file is there is said, as it then is trained on', async () => {
  const folder = await folderOf({ 'test_batch.bin': cifarFile(30) });
  const { notices } = await openDataset(await optionsFor(folder));
  expect(notices).toContain(
    `${folder} holds none of CIFAR-10's training files: test_batch.bin is split and trained on.`,
  );
});
