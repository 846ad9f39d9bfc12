import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { decodeAll } from '../../../src/cli/predict/decode.ts';
import { zipOf } from '../../data/archive/archives.ts';
import { findImages } from '../../../src/cli/predict/images.ts';

async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gradsocket-predict-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

it('finds the images in folders at any depth, by name, and passes over what is none', async () => {
  const folder = await folderOf({ 'b.png': '', 'a.JPG': '', 'notes.txt': '', 'deep/er/c.webp': '', '.hidden.png': '' });
  // A link back up would go round for ever.
  await symlink('..', join(folder, 'deep', 'up'));
  const found = await findImages([folder], tmpdir());
  expect(found).toEqual(
    ['a.JPG', 'b.png', 'deep/er/c.webp'].map((name) => ({
      file: join(folder, name),
      path: join(folder, name),
      refused: null,
    })),
  );
});

it('takes files that are named as they are, whatever their names, and says what cannot be looked at', async () => {
  const folder = await folderOf({ 'picture.dat': '', 'empty/notes.txt': '' });
  const [file, empty, gone] = ['picture.dat', 'empty', 'gone.png'].map((name) => join(folder, name));
  expect(await findImages([gone!, file!, empty!], tmpdir())).toEqual([
    { file: gone, path: gone, refused: `${gone} cannot be read: there is no such file.` },
    { file, path: file, refused: null },
    { file: empty, path: empty, refused: `${empty} has no images in it.` },
  ]);
});

it('finds the images in an archive, or in a folder inside of it, under the name of the archive', async () => {
  const content = zipOf(['train/cat.1.jpg', 'test1/2.jpg', 'test1/1.jpg', 'list.csv'].map((name) => [name, name]));
  const folder = await folderOf({ 'pets.zip': content, 'cut.zip': content.subarray(0, 100) });
  const [pets, cut] = [join(folder, 'pets.zip'), join(folder, 'cut.zip')];
  const cache = join(folder, 'cache');
  const names = async (path: string) => (await findImages([path], cache)).map(({ file }) => file);
  expect(await names(pets)).toEqual(['test1/1.jpg', 'test1/2.jpg', 'train/cat.1.jpg'].map((name) => join(pets, name)));
  const [first] = await findImages([`${pets}/test1`], cache);
  expect(first?.file).toBe(join(pets, 'test1/1.jpg'));
  expect(await readFile(first!.path, 'utf8')).toBe('test1/1.jpg');
  const refused = await findImages([cut, join(pets, 'none')], cache);
  expect(refused.map((found) => found.refused)).toEqual([
    `${cut} cannot be unpacked: it is cut short or no zip archive. Fetch it again, or unpack it yourself and pass the folder.`,
    `${join(pets, 'none')} cannot be read: there is no such file.`,
  ]);
});

it('names each image that cannot be decoded, and decodes the others, in the order given', async () => {
  const png = await sharp(Buffer.alloc(300, 200), { raw: { width: 10, height: 10, channels: 3 } })
    .png()
    .toBuffer();
  const folder = await folderOf({ 'a.png': png, 'b.png': 'no picture', 'c.png': png });
  const [a, b, c, gone] = ['a.png', 'b.png', 'c.png', 'gone.png'].map((name) => join(folder, name));
  const decoded = await decodeAll(
    [a!, b!, c!, gone!].map((file) => ({ file, path: file, refused: null })),
    { imageShape: [8, 8, 3] },
  );
  const pixels = Array<number>(8 * 8 * 3).fill(200);
  expect(decoded.map((image) => ('pixels' in image ? { ...image, pixels: [...image.pixels] } : image))).toEqual([
    { file: a, pixels },
    { file: b, refused: `${b} cannot be decoded: it is not a JPEG, PNG or WebP file, but text.` },
    { file: c, pixels },
    { file: gone, refused: `${gone} cannot be read: there is no such file.` },
  ]);
});
