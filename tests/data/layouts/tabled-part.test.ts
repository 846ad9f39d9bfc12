import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCandidates } from '../../../src/data/layouts/layout.ts';
import { replacedIn } from '../../../src/shared/shell-word.ts';
import { folderOf } from '../fixtures.ts';

/** Enough to be an image as far as finding goes. */
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const TRAIN = ['Train/0/a.png', 'Train/0/b.png', 'Train/1/c.png', 'Train/1/d.png'];
const TEST = 'Width,Roi.X1,ClassId,Path\n40,5,1,Test/1.png\n40,5,0,Test/2.png\n';

async function gtsrb(tables: Readonly<Record<string, string>>, ...images: readonly string[]): Promise<string> {
  const all = [...TRAIN, ...images];
  return folderOf({ ...tables, ...Object.fromEntries(all.map((image) => [image, JPEG])) });
}

async function found(folder: string, below = '') {
  const candidates = await findCandidates(join(folder, below), tmpdir());
  const { classes, samples } = candidates;
  return {
    files: samples.map(({ label, split }, index) => `${classes[label]} ${candidates.nameOf(index)} ${split}`),
    notices: candidates.notices.map((notice) => replacedIn(notice, folder, 'DATA')),
  };
}

async function refusal(folder: string, below = ''): Promise<string> {
  const error: unknown = await findCandidates(join(folder, below), tmpdir()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ exitCode: 65 });
  return replacedIn((error as Error).message, folder, 'DATA');
}

test.each([
  ['beside it', 'Test.csv', TEST],
  ['in it', 'Test/GT.csv', 'Filename;ClassId\n1.png;1\n2.png;0\n'],
])('a folder for the test has the classes of a table %s, as class folders would say them', async (_, table, lines) => {
  const { files, notices } = await found(await gtsrb({ [table]: lines }, 'Test/1.png', 'Test/2.png'));
  expect(files.slice(4)).toEqual(['1 Test/1.png validation', '0 Test/2.png validation']);
  expect(notices).toEqual([`The classes of DATA/Test/ are those of DATA/${table}.`]);
});

test('a folder for validation goes before it, and eval is told of', async () => {
  const tables = { 'Test.csv': TEST, 'val.csv': 'id,label\n1,0\n' };
  const { files, notices } = await found(await gtsrb(tables, 'Test/1.png', 'Test/2.png', 'val/1.png'));
  expect(files.slice(4)).toEqual(['0 val/1.png validation']);
  expect(notices).toContain(
    'DATA/Test/ is not used, for val/ is for validation. `gradsocket eval RUN --data DATA/Test` measures it after training.',
  );
});

test.each([
  ['lists other classes', 'id,label\n1,7\n2,0\n'],
  ['leaves an image out', 'id,label\n1,1\n'],
  ['gives an image two', 'id,label\n1,1\n1,0\n2,0\n'],
  ['has images for training of the same names', 'path,label\nTrain/1.png,1\nTrain/2.png,0\n'],
])('a table of the test that %s is in nobodys way', async (what, lines) => {
  const name = what.startsWith('has') ? 'Train.csv' : 'Test.csv';
  const { files, notices } = await found(await gtsrb({ [name]: lines }, 'Test/1.png', 'Test/2.png'));
  expect(files).toHaveLength(4);
  expect(notices.join()).toContain('DATA/Test/ says no classes');
});

test('an image for validation that its table leaves out is named', async () => {
  const folder = await gtsrb({ 'val.csv': 'id,label\n1,0\n' }, 'val/1.png', 'val/2.png');
  expect(await refusal(folder)).toBe('DATA/val/2.png has no class: DATA/val.csv does not list it. Add it there.');
});

test('two tables of the images for validation are one too many', async () => {
  const folder = await gtsrb({ 'val.csv': 'id,label\n7,0\n', 'val/labels.csv': 'id,label\n7,1\n' }, 'val/7.png');
  expect(await refusal(folder)).toBe(
    'DATA/val/labels.csv, DATA/val.csv all say classes of the same images. Keep one of them there.',
  );
});

test.each([
  ['its name', 'Test', { 'Test.csv': 'id,label\n1,1\n2,0\n', 'labels.csv': 'id,label\n1,0\n2,1\n' }, 'Test.csv'],
  ['paths', 'Test', { 'all.csv': 'f,label\nTrain/1.png,0\nTest/1.png,1\nTest/2.png,0\n' }, 'all.csv'],
  ['having no other', 'all', { 'labels.csv': 'id,breed\n1,1\n2,0\n3,0\n' }, 'labels.csv'],
])('the table may lie above a folder that is given alone, and is known by %s', async (_, name, tables, table) => {
  const folder = await gtsrb(tables, `${name}/1.png`, `${name}/2.png`);
  const { files, notices } = await found(folder, name);
  expect(files).toEqual(['1 1.png null', '0 2.png null']);
  expect(notices).toEqual([`The classes are those of DATA/${table}.`]);
});

test.each([
  ['labels.csv', 'id,label\n1,1\n2,0\n'],
  ['all.csv', 'f,label\nTrain/1.png,1\nTrain/2.png,0\n'],
  ['sample_submission.csv', 'id,label\n1,1\n2,0\n'],
])('images for the test have no classes of others of their names: %s', async (table, lines) => {
  const folder = await gtsrb({ [table]: lines }, 'Test/1.png', 'Test/2.png');
  expect(await refusal(folder, 'Test')).toContain('DATA/Test/1.png has no class');
});
