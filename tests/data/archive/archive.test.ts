import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDataset } from '../../../src/data/open.ts';
import { folderOf, idxPair, image, imagesIn, optionsFor } from '../fixtures.ts';
import { gzipped, tarOf, type TarEntry, zipOf, type ZipEntry } from './archives.ts';

const pets = async () => Object.entries(await imagesIn(['pets/cat', 'pets/dog'], 4));

async function open(name: string, bytes: Uint8Array, inside = '') {
  const folder = await folderOf({ [name]: bytes });
  const options = await optionsFor(join(folder, name, inside));
  return { folder, options, dataset: await openDataset(options) };
}

async function refusal(name: string, bytes: Uint8Array): Promise<{ message: string; left: readonly string[] }> {
  const folder = await folderOf({ [name]: bytes });
  const options = await optionsFor(join(folder, name));
  const error: unknown = await openDataset(options).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'GradsocketError', exitCode: 65 });
  expect(await readdir(folder)).toEqual([name]);
  const left = await readdir(join(options.cacheDir, 'archives')).catch(() => []);
  return { message: (error as Error).message.replaceAll(folder, ''), left };
}

describe('an archive is read as the folder that it holds:', () => {
  test.each([
    ['zip', 'pets.zip', zipOf],
    ['tar', 'pets.tar', tarOf],
    ['tar.gz', 'pets.tar.gz', (entries: Parameters<typeof tarOf>[0]) => gzipped(tarOf(entries))],
    ['tgz by another name', 'download', (entries: Parameters<typeof tarOf>[0]) => gzipped(tarOf(entries))],
  ] as const)('%s', async (_, name, pack) => {
    const files = await pets();
    const { dataset, folder } = await open(
      name,
      pack([...files, ['__MACOSX/pets/cat/._0.png', 'x'], ['.DS_Store', '']]),
    );
    const unpacked = await openDataset(await optionsFor(join(await folderOf(Object.fromEntries(files)), 'pets')));
    expect(dataset.description).toEqual(unpacked.description);
    expect(await dataset.read('train', 0)).toEqual(await unpacked.read('train', 0));
    expect(await readdir(folder)).toEqual([name]);
  });

  test('what is gone from where it was unpacked is named as it is in the archive', async () => {
    const { dataset, options } = await open('pets.zip', zipOf(await pets()));
    await rm(join(options.cacheDir, 'archives'), { recursive: true });
    await expect(dataset.read('train', 0)).rejects.toMatchObject({
      code: 'DATA_CHANGED',
      message: expect.stringMatching(
        /^\S+\.png in .*pets\.zip.* changed since the dataset was opened: it is gone\. Bring it/,
      ),
    });
  });

  test('names in it stand behind its own', async () => {
    const files = [...(await pets()), ['pets/cat/broken.png', 'no image'] as const];
    await expect(open('pets.zip', zipOf(files))).rejects.toThrow(
      /cat\/broken\.png in .*data [^/]*\/pets\.zip\/pets cannot be decoded/,
    );
  });

  test.each([
    ['zip', 'pets.zip', zipOf],
    ['tar', 'pets.tar', tarOf],
  ] as const)('whatever parts its names and whatever letters they have: %s', async (_, name, pack) => {
    const files = await Promise.all(
      ['caf\u00e9', 'th\u00e9\n'].flatMap((drink) =>
        [0, 1].map(async (n) => [`drinks\\${drink}\\${n}.png`, await image(n + drink.length)] as const),
      ),
    );
    const { dataset } = await open(name, pack(files));
    expect(dataset.description.classes).toEqual(['caf\u00e9', 'th\u00e9\n']);
  });

  test.each([
    ['UTF-8, as the program of macOS writes it', 'caf\u00e9', 'caf\u00e9'],
    ['of the code page of DOS', Buffer.from('caf\x82', 'latin1'), 'caf\u00e9'],
  ])('names in a zip that does not say how they are written: %s', async (_, written, name) => {
    const marked = 'xxxx'.padEnd(Buffer.from(written).length, 'x');
    const files = await Promise.all(
      [marked, 'tea'].flatMap((drink) =>
        [0, 1].map(async (n) => [`${drink}/${n}.png`, { content: await image(n + drink.length), flags: 0 }] as const),
      ),
    );
    // The same number of bytes in the place of a name that can be found.
    const zip = Buffer.from(
      zipOf(files).toString('latin1').replaceAll(marked, Buffer.from(written).toString('latin1')),
      'latin1',
    );
    const { dataset } = await open('drinks.zip', zip);
    expect(dataset.description.classes).toEqual([name, 'tea']);
  });

  test('a folder or file inside of it may be meant', async () => {
    const files = [...(await pets()), ...Object.entries(await imagesIn(['birds/owl', 'birds/wren'], 3))];
    const { dataset } = await open('animals.zip', zipOf(files), 'birds');
    expect(dataset.description).toMatchObject({ name: 'birds', classes: ['owl', 'wren'] });
    const idx = await open(
      'idx.tar',
      tarOf(Object.entries(idxPair('raw/train', { side: 8 }))),
      'raw/train-images-idx3-ubyte',
    );
    expect(idx.dataset.description.classes).toEqual(['0', '1', '2']);
    await expect(open('animals.zip', zipOf(files), 'fish')).rejects.toThrow(/animals\.zip\/fish does not exist/);
  });

  test('a class without images is one of the archive, wherever that was unpacked', async () => {
    const files = await Promise.all([1, 2].map(async (n) => [`cat/${n}.jpg`, await image(n)] as const));
    await expect(open('animals.zip', zipOf([...files, ['dog/notes.txt', 'x']]))).rejects.toThrow(
      /^Class dog has no training images in .*animals\.zip\/dog\/\./,
    );
  });

  test('archives in it become folders where they are all that it holds', async () => {
    const train = zipOf([
      ...(await Promise.all([0, 1, 2, 3].map(async (n) => [`train/cat.${n}.jpg`, await image(n)] as const))),
      ...(await Promise.all([4, 5, 6, 7].map(async (n) => [`train/dog.${n}.jpg`, await image(n)] as const))),
    ]);
    const { dataset } = await open(
      'dogs-vs-cats.zip',
      zipOf([
        ['train.zip', train],
        ['sampleSubmission.csv', 'id,label'],
      ]),
    );
    expect(dataset.description).toMatchObject({ name: 'dogs-vs-cats', classes: ['cat', 'dog'], trainSamples: 6 });
  });

  test('it is unpacked once, and by several at a time without harm', async () => {
    const folder = await folderOf({ 'pets.zip': zipOf(await pets()) });
    const options = await optionsFor(join(folder, 'pets.zip'));
    const archives = join(options.cacheDir, 'archives');
    // Of a process that was ended while it unpacked; the number is above every process's.
    await mkdir(join(archives, `ab12.${hostname()}.99999999.1f.tmp`), { recursive: true });
    await Promise.all([openDataset(options), openDataset(options)]);
    const [only, ...others] = await readdir(archives);
    expect(others).toEqual([]);
    const file = join(archives, only!, 'pets/cat/0.png');
    await writeFile(file, await image(99));
    const dataset = await openDataset(options);
    const all = await Promise.all(
      Array.from({ length: dataset.description.trainSamples }, async (_, i) =>
        Buffer.from(await dataset.read('train', i)).toString('hex'),
      ),
    );
    const validation = Buffer.from(await dataset.read('validation', 0)).toString('hex');
    expect([...all, validation]).toContain((await readFile(file)).toString('hex'));
  });
});

describe('an archive is refused whole, and leaves nothing, where it', () => {
  const zips: readonly (readonly [string, string, ZipEntry | string, RegExp])[] = [
    ['leads out of its folder', '../evil.png', 'x', /leads out of its folder/],
    ['leads out of its folder as on Windows', 'pets\\..\\..\\evil.png', 'x', /leads out of its folder/],
    ['has an absolute name', '/etc/evil.png', 'x', /leads out of its folder/],
    [
      'has a name that is too long',
      `pets/cat/${'x'.repeat(300)}.png`,
      'x',
      /which is too long for this file system\. Unpack it yourself with shorter/,
    ],
    ["has an absolute name of another system's", 'C:/evil.png', 'x', /leads out of its folder/],
    ['holds a link', 'pets/cat/link.png', { content: '/etc/passwd', mode: 0o120777 }, /is a link or a device/],
    ['holds a name twice', 'pets/cat/0.png', 'x', /"pets\/cat\/0\.png" twice/],
    ['holds a file as a folder', 'pets/cat/0.png/x.png', 'x', /cannot be unpacked: it holds .* twice/],
    [
      'is encrypted',
      'pets/cat/e.png',
      { content: 'x', flags: 0x0801 },
      /it is encrypted\. Unpack it with its password/,
    ],
    ['is packed otherwise', 'pets/cat/e.png', { content: 'x', method: 14 }, /not read here \(method 14\)/],
    ['is damaged', 'pets/cat/e.png', { content: 'x', sum: 7 }, /pets\/cat\/e\.png in it is damaged/],
  ];
  test.each(zips)('%s (zip)', async (_, name, entry, sentence) => {
    const { message, left } = await refusal('pets.zip', zipOf([...(await pets()), [name, entry]]));
    expect(message).toMatch(/^\/pets\.zip cannot be unpacked: /);
    expect(message).toMatch(sentence);
    expect(left).toEqual([]);
  });

  const tars: readonly (readonly [string, string | Uint8Array, TarEntry | string, RegExp])[] = [
    ['leads out of its folder', 'pets/../../evil.png', 'x', /leads out of its folder/],
    ['has an absolute name', '/etc/evil.png', 'x', /leads out of its folder/],
    ['holds a symbolic link', 'pets/cat/l.png', { type: '2', link: '/etc/passwd' }, /is a link or a device/],
    ['holds a hard link', 'pets/cat/l.png', { type: '1', link: 'pets/cat/0.png' }, /is a link or a device/],
    [
      'holds a name in Latin-1',
      Buffer.from('pets/caf\u00e9/0.png', 'latin1'),
      'x',
      /"pets\/caf\uFFFD\/0\.png", which is not written in UTF-8\. Unpack/,
    ],
    ['holds a pipe', 'pets/cat/l.png', { type: '6' }, /is a link or a device/],
    ['holds a name twice', 'pets/cat/0.png', 'x', /"pets\/cat\/0\.png" twice/],
  ];
  test.each(tars)('%s (tar)', async (_, name, entry, sentence) => {
    const { message, left } = await refusal('pets.tar', tarOf([...(await pets()), [name, entry]]));
    expect(message).toMatch(sentence);
    expect(left).toEqual([]);
  });

  test.each([
    ['a code page that it does not name', 0, /in a code page that it does not name\. Unpack it yourself with that/],
    ['UTF-8, it says, which is none', 0x800, /which is not written in UTF-8\. Unpack it yourself/],
  ])('holds a name in %s (zip)', async (_, flags, sentence) => {
    const zip = zipOf([...(await pets()), ['pets/xxxx/0.png', { content: 'x', flags }]]);
    // Two letters of GBK, of two bytes each.
    const written = Buffer.from(zip.toString('latin1').replaceAll('xxxx', '\xc3\xa8\xb9\xb7'), 'latin1');
    const { message, left } = await refusal('pets.zip', written);
    expect(message).toMatch(sentence);
    expect(left).toEqual([]);
  });

  test('is cut short', async () => {
    const files = await pets();
    const [zip, tar] = [zipOf(files), tarOf(files)];
    expect((await refusal('pets.zip', zip.subarray(0, -30))).message).toContain('it is cut short or no zip archive');
    expect((await refusal('pets.tar', tar.subarray(0, 700))).message).toContain('it is cut short');
    expect((await refusal('pets.tgz', gzipped(tar).subarray(0, -90))).message).toContain('it is cut short');
    expect((await refusal('pets.tar', Buffer.alloc(2000, 7))).message).toMatch(
      /pets\.tar cannot be unpacked: it is damaged/,
    );
  });

  test('becomes many times as large as it is', async () => {
    const zeros = zipOf([['zeros.png', { content: Buffer.alloc(8) }]]);
    // It says to hold 3 GiB: known before anything is written.
    const size = zeros.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24;
    zeros.writeUInt32LE(3 * 2 ** 30, size);
    expect((await refusal('bomb.zip', zeros)).message).toContain('it becomes more than 200 times as large as it is');
  });
});
