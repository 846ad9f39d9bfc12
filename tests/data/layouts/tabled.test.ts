import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replacedIn } from '../../../src/shared/shell-word.ts';
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
  return { files, notices: candidates.notices.map((notice) => replacedIn(notice, folder, 'DATA')) };
}

async function refusal(folder: string): Promise<string> {
  const error: unknown = await findCandidates(folder, tmpdir()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ exitCode: 65 });
  return replacedIn((error as Error).message, folder, 'DATA');
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

test('a column that says which images are for what is read', async () => {
  const labels = 'file,label,split\n1,cat,train\n2,dog,train\n3,cat,val\n4,dog,test\n';
  const { files, notices } = await found(await folderWith({ 'labels.csv': labels }, ...inside('')));
  expect(files).toEqual(['cat 1.jpg train', 'dog 2.jpg train', 'cat 3.jpg validation']);
  expect(notices.slice(1)).toEqual([
    'Its column split says which images are for what.',
    '1 image is for the test and not used, for others are for validation.',
  ]);
});

test('a column of numbers that say something else is told of, for it is not read', async () => {
  const labels = 'file,label,fold\n1,cat,0\n2,dog,1\n3,cat,2\n4,dog,3\n';
  const { files, notices } = await found(await folderWith({ 'labels.csv': labels }, ...inside('')));
  expect(files.map((file) => file.split(' ')[2])).toEqual(['null', 'null', 'null', 'null']);
  expect(notices[1]).toMatch(/^Its column fold is not read: /);
});

const FEW = 'id,breed\n1,cat\n2,dog\n';

test.each([
  ['a table in each folder', { 'train/labels.csv': LABELS, 'val/labels.csv': FEW }, 'train/', 'val/'],
  ['a table beside each folder', { 'train.csv': LABELS, 'test.csv': FEW }, 'train_images/', 'test_images/'],
  ['tables by name, folders by another', { 'train.csv': LABELS, 'valid.csv': FEW }, 'images/', 'val_images/'],
  [
    'metadata of Hugging Face',
    {
      'train/metadata.jsonl': [1, 2, 3, 4].map((n) => `{"file_name": "${n}.jpg", "label": ${n % 2}}\n`).join(''),
      'test/metadata.jsonl': '{"file_name": "1.jpg", "label": 1}\n{"file_name": "2.jpg", "label": 0}\n',
    },
    'train/',
    'test/',
  ],
  [
    'a column for each class',
    {
      'train/_classes.csv': 'filename, a, b\n1,1,0\n2,0,1\n3,1,0\n4,0,1',
      'valid/_classes.csv': 'filename, a, b\n1,1,0\n2,0,1',
    },
    'train/',
    'valid/',
  ],
  [
    'one table of all',
    { 'labels.csv': 'path,label\ntrain/1,a\ntrain/2,b\ntrain/3,a\ntrain/4,b\nval/1,a\nval/2,b\n' },
    'train/',
    'val/',
  ],
  ['a folder of tables', { 'annotations/train.csv': LABELS, 'annotations/val.csv': FEW }, 'train/', 'val/'],
])('both parts have classes by tables: %s', async (_, tables, train, val) => {
  const images = [...inside(train), `${val}1.jpg`, `${val}2.jpg`];
  const { files } = await found(await folderWith(tables, ...images));
  expect(files.map((file) => file.split(' ').slice(1))).toEqual([
    ...inside(train).map((file) => [file, 'train']),
    [`${val}1.jpg`, 'validation'],
    [`${val}2.jpg`, 'validation'],
  ]);
});

test('tables divide the images of one folder', async () => {
  const tables = {
    'train.csv': LABELS,
    'val.csv': 'file,label\n5,cat\n6,dog\n',
    'test.csv': 'file\n7\n',
    'sample_submission.csv': 'file,label\n7,cat\n',
  };
  const images = ['images/5.jpg', 'images/6.jpg', 'images/7.jpg'];
  const { files, notices } = await found(await folderWith(tables, ...inside('images/'), ...images));
  expect(files.slice(3)).toEqual([
    'dog images/4.jpg train',
    'cat images/5.jpg validation',
    'dog images/6.jpg validation',
  ]);
  expect(notices).toEqual([
    'The classes are those of DATA/train.csv, DATA/val.csv.',
    '1 image is not used, of which test.csv says no class.',
  ]);
});

test('folders by numbers are no classes where a table says others', async () => {
  const images = ['x_part_1/1.jpg', 'x_part_1/2.jpg', 'x_part_2/3.jpg', 'x_part_2/4.jpg'];
  const { files } = await found(await folderWith({ 'x_metadata.csv': LABELS }, ...images));
  expect(files).toEqual([
    'cat x_part_1/1.jpg null',
    'dog x_part_1/2.jpg null',
    'cat x_part_2/3.jpg null',
    'dog x_part_2/4.jpg null',
  ]);
});

test('what lies beside the images is told of once', async () => {
  const labels = 'file,label,split\n1,cat,train\n2,dog,train\n3,cat,val\n4,dog,val\n';
  const { notices } = await found(await folderWith({ 'labels.csv': labels, 'notes.txt': 'x' }, ...inside('')));
  expect(notices[2]).toBe('1 file among the images is none and was passed over in DATA: notes.txt.');
});

test('lines without an image are named', async () => {
  const { notices } = await found(await folderWith({ 'labels.csv': `${LABELS}5,cow\n` }, ...inside('')));
  expect(notices[1]).toBe('1 line of it names no image that is here: 5.');
});

test.each([
  [
    'an image that the table does not list',
    { 'labels.csv': LABELS },
    /^DATA\/5\.jpg has no class: DATA\/labels\.csv does not list it/,
  ],
  [
    'images for measuring alone',
    { 'labels.csv': 'file,label,split\n1,cat,test\n2,dog,test\n3,cat,test\n4,dog,test\n5,dog,test\n' },
    /^DATA\/labels\.csv lists no image for training: all are for test\./,
  ],
  [
    'two tables of classes',
    { 'labels.csv': `${LABELS}5,cat`, 'train.csv': LABELS },
    /^DATA holds labels\.csv, train\.csv, which all say/,
  ],
])('refused: %s', async (_, tables, sentence) => {
  expect(await refusal(await folderWith(tables, ...inside(''), '5.jpg'))).toMatch(sentence);
});

test('masks and the like are none of the images that a table names', async () => {
  const { files } = await found(await folderWith({ 'labels.csv': LABELS }, ...inside('images/'), ...inside('masks/')));
  expect(files.map((file) => file.split(' ')[1])).toEqual(inside('images/'));
});

test('a folder is for what the folder above it is for', async () => {
  const folder = await folderWith({ 'labels.csv': LABELS }, ...inside('train/images/'), ...inside('test/images/'));
  const { files } = await found(folder);
  expect(files.map((file) => file.split(' ')[1])).toEqual(inside('train/images/'));
});

test('one image may be all for validation', async () => {
  const tables = { 'train.csv': LABELS, 'valid.csv': 'id,breed\n1,cat\n' };
  const { files } = await found(await folderWith(tables, ...inside('train_images/'), 'val_images/1.jpg'));
  expect(files.filter((file) => file.endsWith(' validation'))).toEqual(['cat val_images/1.jpg validation']);
});

test.each([
  [
    'a column says it before the name of the table',
    'train.csv',
    'file,label,split\n1,cat,train\n2,dog,train\n3,cat,val\n4,dog,val\n',
    ['train', 'train', 'validation', 'validation'],
  ],
  ['a table that is for both says nothing', 'val_and_train.csv', LABELS, ['null', 'null', 'null', 'null']],
])('what an image is for: %s', async (_, table, content, shares) => {
  const { files } = await found(await folderWith({ [table]: content }, ...inside('')));
  expect(files.map((file) => file.split(' ')[2])).toEqual(shares);
});

test.each([
  ['train.csv', 'val.csv'],
  ['trainLabels.csv', 'valLabels.csv'],
])('what an image is for: %s and %s say it before the folder', async (train, validation) => {
  const tables = { [train]: LABELS, [validation]: 'id,breed\n5,cat\n6,dog\n' };
  const folder = await folderWith(tables, ...inside('train/'), 'train/5.jpg', 'train/6.jpg');
  expect((await found(folder)).files.map((file) => file.split(' ')[2])).toEqual([
    ...['train', 'train', 'train', 'train'],
    ...['validation', 'validation'],
  ]);
});

test.each([
  [
    'the folders are no pieces of one',
    ['breed1/1.jpg', 'breed1/2.jpg', 'breed2/3.jpg', 'breed2/4.jpg'],
    ['breed1', 'breed2'],
  ],
  [
    'there is one piece alone',
    ['images_1/a/1.jpg', 'images_1/a/2.jpg', 'images_1/b/3.jpg', 'images_1/b/4.jpg'],
    ['a', 'b'],
  ],
])('classes by folders come before those of a table where %s', async (_, images, classes) => {
  const { files } = await found(await folderWith({ 'labels.csv': LABELS }, ...images));
  expect([...new Set(files.map((file) => file.split(' ')[0]))]).toEqual(classes);
});

test('what is no file beside the images is told of once, also where they are divided', async () => {
  const tables = { 'train.csv': LABELS, 'val.csv': 'id,breed\n5,cat\n6,dog\n' };
  const folder = await folderWith(tables, ...inside('images/'), 'images/5.jpg', 'images/6.jpg');
  await symlink(join(folder, 'gone'), join(folder, 'images', 'notes.txt'));
  const { notices } = await found(folder);
  expect(notices.filter((notice) => notice.includes('notes.txt'))).toEqual([
    '1 file among the images is none and was passed over in DATA: images/notes.txt.',
  ]);
});
