import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { decodeAll } from '../../../src/cli/predict/decode.ts';
import { findImages } from '../../../src/cli/predict/images.ts';
import { folderOf, image } from '../../data/fixtures.ts';
import { mayRefuse, refusals } from '../../data/refusing-disk.ts';

vi.mock('../../../src/data/files/regular-file.ts', async (original) => {
  const real = await original<typeof import('../../../src/data/files/regular-file.ts')>();
  return { ...real, readRegularFile: async (path: string) => (mayRefuse(path), real.readRegularFile(path)) };
});
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

afterEach(() => refusals.clear());

const AS = { imageShape: [8, 8, 3] as [number, number, 3] };

async function twoImages() {
  const folder = await folderOf({ '1.png': await image(1), '2.png': await image(2) });
  return { folder, found: await findImages([folder], tmpdir()) };
}

test('an image whose disk is away for a moment is waited for', async () => {
  const { found } = await twoImages();
  refusals.set('1.png', 3);
  expect((await decodeAll(found, AS)).map((each) => 'pixels' in each)).toEqual([true, true]);
});

test('one whose disk stays away is no bad image, and the others are looked at', async () => {
  const { folder, found } = await twoImages();
  refusals.set('1.png', 100);
  const [first, second] = await decodeAll(found, AS);
  expect(first).toMatchObject({
    refused: expect.stringContaining(`${join(folder, '1.png')} cannot be read: its disk fails`),
    away: { code: 'DATA_AWAY', exitCode: 75 },
  });
  expect(second).toHaveProperty('pixels');
});

test('where the disk of all of them stays away, none after them is waited for', async () => {
  const { found } = await twoImages();
  refusals.set('1.png', 100);
  refusals.set('2.png', 100);
  await expect(decodeAll(found, AS)).rejects.toMatchObject({ code: 'DATA_AWAY', exitCode: 75 });
  expect((await decodeAll(found.slice(0, 1), AS))[0]).toHaveProperty('refused');
});
