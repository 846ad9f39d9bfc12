import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { archiveIn } from '../../src/data/archive/archive.ts';
import { Destination } from '../../src/data/archive/destination.ts';
import { findCandidates } from '../../src/data/layouts/layout.ts';
import { openDataset } from '../../src/data/open.ts';
import { tarOf, zipOf } from './archive/archives.ts';
import { folderOf, imagesIn, optionsFor, temporaryFolder } from './fixtures.ts';
import { mayRefuse, refusals } from './refusing-disk.ts';

vi.mock('../../src/data/files/regular-file.ts', async (original) => {
  const real = await original<typeof import('../../src/data/files/regular-file.ts')>();
  return {
    ...real,
    readRegularFile: async (path: string) => (mayRefuse(path), real.readRegularFile(path)),
    readStart: async (path: string, most: number) => (mayRefuse(path), real.readStart(path, most)),
  };
});
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const readdir = async (...given: Parameters<typeof real.readdir>) => (mayRefuse(given[0]), real.readdir(...given));
  const readFile = async (...given: Parameters<typeof real.readFile>) => (mayRefuse(given[0]), real.readFile(...given));
  const stat = async (...given: Parameters<typeof real.stat>) => (mayRefuse(given[0]), real.stat(...given));
  const open = async (...given: Parameters<typeof real.open>) => (mayRefuse(given[0]), real.open(...given));
  return { ...real, readdir, readFile, stat, open };
});
vi.mock('yauzl', async (original) => {
  const real = await original<typeof import('yauzl')>();
  const openPromise = async (...given: Parameters<typeof real.openPromise>) => (
    mayRefuse(`${given[0]}.inside`), real.openPromise(...given)
  );
  return { ...real, openPromise };
});
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const createReadStream = (path: string) =>
    Readable.from(
      (async function* () {
        mayRefuse(`${path}.inside`);
        yield* real.createReadStream(path);
      })(),
    );
  return { ...real, createReadStream };
});
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

afterEach(() => refusals.clear());

async function pets(): Promise<string> {
  return folderOf(await imagesIn(['cat', 'dog'], 4));
}

describe.each(['fail', 'skip'] as const)('with --bad-images %s, a disk that is away', (badImages) => {
  test.each(['cat', '1.png'])('for a moment is waited for, and the data are the same (%s)', async (name) => {
    const data = await pets();
    refusals.set(name, 3);
    const { description, skipped } = await openDataset(await optionsFor(data, { badImages }));
    expect(skipped).toEqual([]);
    expect(description.trainSamples + description.validationSamples).toBe(8);
  });

  test('for long leaves nothing out: it is to be tried later', async () => {
    const data = await pets();
    refusals.set('1.png', 100);
    await expect(openDataset(await optionsFor(data, { badImages }))).rejects.toMatchObject({
      code: 'DATA_AWAY',
      exitCode: 75,
      message: expect.stringMatching(/1\.png cannot be read: its disk fails/),
    });
  });
});

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const TABLED = { '1.jpg': JPEG, '2.jpg': JPEG, '3.jpg': JPEG, '4.jpg': JPEG };
const TABLE = '1,cat\n2,dog\n3,cat\n4,dog\n';
const NAMED = { 'cat/x': JPEG, 'cat/1.jpg': JPEG, 'dog/1.jpg': JPEG, 'dog/2.jpg': JPEG };
const PARTED = { 'train/cat/1.jpg': JPEG, 'train/dog/2.jpg': JPEG, 'test/3.jpg': JPEG, 'test/4.jpg': JPEG };

test.each([
  ['a table of labels', 'labels.csv', { ...TABLED, 'labels.csv': TABLE }],
  ["a test's table", 'test.csv', { ...PARTED, 'test.csv': TABLE }],
  ['an image without an ending', 'x', NAMED],
  ['a folder', 'dog', NAMED],
])('%s is waited for, or nothing is read', async (_, name, files) => {
  const folder = await folderOf(files);
  refusals.set(name, 3);
  expect((await findCandidates(folder, tmpdir())).samples).toHaveLength(4);
  refusals.set(name, 100);
  await expect(findCandidates(folder, tmpdir())).rejects.toMatchObject({ code: 'DATA_AWAY' });
});

test.each(['pets.zip', 'test1'])('the archive in a path is waited for, or nothing is read (%s)', async (name) => {
  const content = zipOf([['test1/cat.1.jpg', 'cat']]);
  const archive = join(await folderOf({ 'pets.zip': content }), 'pets.zip');
  refusals.set(name, 3);
  expect(await archiveIn(join(archive, 'test1'))).toEqual({ archive, packing: 'zip', inside: 'test1' });
  refusals.set(name, 100);
  await expect(archiveIn(join(archive, 'test1'))).rejects.toMatchObject({ code: 'DATA_AWAY' });
});

test.each([
  ['pets.zip', zipOf],
  ['pets.tar', tarOf],
])('an archive whose disk goes away while it is unpacked is not damaged (%s)', async (name, pack) => {
  const packed = pack([
    ['cat/1.jpg', JPEG],
    ['dog/1.jpg', JPEG],
  ]);
  const [archive, cache] = [join(await folderOf({ [name]: packed }), name), await temporaryFolder()];
  refusals.set(`${name}.inside`, 1);
  await expect(findCandidates(archive, cache)).rejects.toMatchObject({
    code: 'DATA_AWAY',
    message: expect.stringContaining(`${archive} cannot be read: its disk fails`),
  });
  expect((await findCandidates(archive, cache)).samples).toHaveLength(2);
});

test('nor does its disk make one of the cache folder that cannot be written', async () => {
  const folder = await temporaryFolder();
  const to = new Destination(folder, 'pets.zip', 100, () => undefined);
  refusals.set('1.jpg', 1);
  const content = async function* () {
    mayRefuse('1.jpg');
    yield JPEG;
  };
  await expect(to.write(join(folder, 'cat.1.jpg'), content())).rejects.toMatchObject({
    code: 'DATA_AWAY',
    message: expect.stringContaining('pets.zip cannot be read: '),
  });
});
