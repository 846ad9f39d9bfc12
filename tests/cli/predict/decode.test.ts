import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeAll } from '../../../src/cli/predict/decode.ts';
import { folderOf, image } from '../../data/fixtures.ts';

it('says which image has too many pixels, and decodes as many as are allowed', async () => {
  const folder = await folderOf({ 'large.png': await image(1, { width: 12, height: 9 }) });
  const found = [{ file: 'large.png', path: join(folder, 'large.png'), refused: null }];
  const as = { imageShape: [8, 8, 3] as [number, number, 3] };
  const [refused] = await decodeAll(found, { ...as, maxPixels: 107 });
  expect(refused).toMatchObject({
    refused: expect.stringMatching(/^large\.png .*more than 107 pixels; raise --max-pixels\.$/),
  });
  const [decoded] = await decodeAll(found, { ...as, maxPixels: 108 });
  expect(decoded).toMatchObject({ pixels: expect.objectContaining({ length: 8 * 8 * 3 }) });
});
