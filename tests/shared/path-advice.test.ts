import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newPathAdvice, pathAdvice } from '../../src/shared/path-advice.ts';
import { leftOut } from '../left-out.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradsocket-advice-'));
  await mkdir(join(folder, 'pets'));
  await writeFile(join(folder, 'pets', 'cat.1.png'), '');
  await writeFile(join(folder, 'caf\u00e9.yaml'), '');
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['"pets"', 'the quotes became a part of it'],
  ['/data/“my pets”', 'the quotes became a part of it'],
  ['/home/ann/~bob/pets', 'of the paths that begin with ~ only ~/ is known here: write it out'],
  ['$HOME/pets', 'a variable in it was not replaced by its value'],
  ['/mnt/${DATA}/pets', 'a variable in it was not replaced by its value'],
  ['{dataset.location}/data.yaml', 'a variable in it was not replaced by its value'],
  ['%USERPROFILE%\\pets', 'a variable in it was not replaced by its value'],
  ['https://example.org/pets.zip', 'that is an address: fetch it, and name the file or folder'],
  ['pets ', 'there is a space at its end or beginning'],
  ['pets/*.jpg', 'no file is like this pattern'],
])('%s', (path, advice) => {
  expect(pathAdvice(path)).toBe(` (${advice})`);
});

const onWindows = process.platform === 'win32' ? 'these are names on Windows' : null;

it.skipIf(onWindows !== null).each([
  ['C:\\Users\\ann\\pets', 'this system knows no drives: in WSL it is /mnt/c/Users/ann/pets'],
  ['/home/ann/D:/pets', 'this system knows no drives: in WSL it is /mnt/d/pets'],
  ['data\\pets', 'folders are parted by / here: data/pets'],
])(`of Windows: %s${leftOut(onWindows)}`, (path, advice) => {
  expect(pathAdvice(path)).toBe(` (${advice})`);
});

it('says of a pattern whether something is like it', () => {
  const quoted =
    ' (the pattern was not replaced by the names that are like it: write it without quotes, or name the folder)';
  for (const path of ['p?ts', '*', '*/cat*.png', 'pets/*.png', 'p*s/cat.1.png', 'pets/cat.?.png', '*.yaml']) {
    expect(pathAdvice(join(folder, path)), path).toBe(quoted);
  }
  for (const path of ['pets/*.jpg', 'pet?s', '*/*/*', 'pets/*1*.pn', 'pets/.*', 'pets/*(1).png', 'no/*', '*.yaml/*']) {
    expect(pathAdvice(join(folder, path)), path).toBe(' (no file is like this pattern)');
  }
});

it('names what is there and is nearly called so', () => {
  expect(pathAdvice(join(folder, 'pet'))).toBe(` (did you mean ${join(folder, 'pets')}?)`);
  expect(pathAdvice(join(folder, 'Pets'))).toBe(` (did you mean ${join(folder, 'pets')}?)`);
  expect(pathAdvice(join(folder, 'cafe\u0301.yaml'))).toBe(` (did you mean ${join(folder, 'caf\u00e9.yaml')}?)`);
  expect(pathAdvice(join(folder, 'pets').slice(1))).toBe(` (did you mean ${join(folder, 'pets')}?)`);
  expect(pathAdvice(join(folder, 'frobnicate'))).toBe('');
  expect(pathAdvice(join(folder, 'nowhere', 'frobnicate'))).toBe('');
});

it.skipIf(onWindows !== null).each([
  ['runs/pets', null],
  ['~/runs/my pets', null],
  ['runs/a*b?', null],
  ['"runs/pets"', 'the quotes became a part of it'],
  ['$HOME/runs', 'a variable in it was not replaced by its value'],
  ['~ann/runs', 'of the paths that begin with ~ only ~/ is known here: write it out'],
  ['s3://bucket/runs', 'that is an address: name a place on this machine, such as a folder that is mounted here'],
  ['C:\\runs\\pets', 'this system knows no drives: in WSL it is /mnt/c/runs/pets'],
  ['runs/pets ', 'there is a space at its end or beginning'],
])(`of what is to be made, %s: %s${leftOut(onWindows)}`, (path, advice) => {
  expect(newPathAdvice(path)).toBe(advice);
});

it('what is there somebody did mean', async () => {
  const odd = join(folder, '$HOME');
  expect(newPathAdvice(odd)).not.toBeNull();
  await mkdir(odd);
  expect(newPathAdvice(odd)).toBeNull();
});
