import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { findCandidates } from '../../../src/data/layouts/layout.ts';
import { folderOf } from '../fixtures.ts';

/** Enough to be an image as far as finding goes. */
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const LABELS = 'id,breed\n1,cat\n2,dog\n3,cat\n4,dog\n';

async function folderWith(tables: Readonly<Record<string, string | Uint8Array>>, ...images: readonly string[]) {
  return folderOf({ ...tables, ...Object.fromEntries(images.map((image) => [image, JPEG])) });
}

async function found(folder: string) {
  const candidates = await findCandidates(folder, tmpdir());
  const { classes, samples } = candidates;
  const files = samples.map(({ label, split }, index) => `${classes[label]} ${candidates.nameOf(index)} ${split}`);
  return { files, notices: candidates.notices.map((notice) => notice.replaceAll(folder, 'DATA')) };
}

async function refusal(folder: string): Promise<string> {
  const error: unknown = await findCandidates(folder, tmpdir()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ exitCode: 65 });
  return (error as Error).message.replaceAll(folder, 'DATA');
}

function inside(folder: string): readonly string[] {
  return [1, 2, 3, 4].map((number) => `${folder}${number}.jpg`);
}

test('images beside a table have its classes, which is said', async () => {
  const { files, notices } = await found(await folderWith({ 'labels.csv': LABELS }, ...inside('')));
  expect(files).toEqual(['cat 1.jpg null', 'dog 2.jpg null', 'cat 3.jpg null', 'dog 4.jpg null']);
  expect(notices).toEqual(['The classes are those of DATA/labels.csv.']);
});

test('a folder for the test is not trained on, though its images have the same names', async () => {
  const tables = { 'labels.csv': LABELS, 'sample_submission.csv': LABELS, 'test.csv': 'id\n1\n' };
  const { files, notices } = await found(await folderWith(tables, ...inside('train/'), 'test/1.jpg', 'test/2.jpg'));
  expect(files.map((file) => file.split(' ')[1])).toEqual(inside('train/'));
  expect(notices.slice(0, 2)).toEqual([
    'The classes are those of DATA/labels.csv.',
    'DATA/test/ is not trained on: 2 images not used. `gradsocket predict RUN DATA/test` classifies them after training.',
  ]);
});

test.each([
  ['in the folder of the images', 'train/labels.csv', inside('train/')],
  ['above their folder', 'pets/train.csv', inside('pets/images/')],
  ['beside several folders', 'all.csv', ['images_1/1.jpg', 'images_1/2.jpg', 'images_2/3.jpg', 'images_2/4.jpg']],
])('the table may lie %s', async (_, table, images) => {
  const { files } = await found(await folderWith({ [table]: LABELS }, ...images));
  expect(files.map((file) => file.split(' ')[1])).toEqual(images);
});

test('names of another encoding stay apart', async () => {
  const labels = Buffer.from('1,caf\u00e9\n2,caf\u00e8\n3,caf\u00e9\n4,caf\u00e8\n', 'latin1');
  const { files } = await found(await folderWith({ 'labels.csv': labels }, ...inside('')));
  expect(files.slice(0, 2)).toEqual(['caf\\xE9 1.jpg null', 'caf\\xE8 2.jpg null']);
});

test('a column that says which images are for what is told of, for it is not read', async () => {
  const labels = 'file,label,is_valid\n1,cat,0\n2,dog,0\n3,cat,1\n4,dog,1\n';
  const { files, notices } = await found(await folderWith({ 'labels.csv': labels }, ...inside('')));
  expect(files).toHaveLength(4);
  expect(notices[1]).toMatch(/^Its column is_valid is not read: /);
});

test('lines without an image are named', async () => {
  const { notices } = await found(await folderWith({ 'labels.csv': `${LABELS}5,cow\n` }, ...inside('')));
  expect(notices[1]).toBe('1 line of it names no image that is trained on: 5.');
});

test.each([
  [
    'an image that the table does not list',
    { 'labels.csv': LABELS },
    /^DATA\/5\.jpg has no class: DATA\/labels\.csv does not list it/,
  ],
  [
    'two tables of classes',
    { 'labels.csv': `${LABELS}5,cat`, 'train.csv': LABELS },
    /^DATA holds labels\.csv, train\.csv, which all say/,
  ],
])('refused: %s', async (_, tables, sentence) => {
  expect(await refusal(await folderWith(tables, ...inside(''), '5.jpg'))).toMatch(sentence);
});
