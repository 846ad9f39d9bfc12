import { expect, test } from 'vitest';
import { tooSmall } from '../../../src/data/images/least-size.ts';
import { openDataset } from '../../../src/data/open.ts';
import { folderOf, imagesIn, optionsFor } from '../fixtures.ts';

async function described(width: number, height: number, imageSize: number | null = null) {
  const data = await folderOf(await imagesIn(['a', 'b'], 2, { width, height }));
  const { description } = await openDataset(await optionsFor(data, { imageSize }));
  return { ...description, name: 'pets' };
}

test('images under eight pixels a side are refused, with what to do', async () => {
  expect(tooSmall(await described(1, 1))).toMatchObject({
    exitCode: 65,
    message: 'The images of pets are 1x1; networks take 8x8 and more. Pass --image-size 8 or more to enlarge them.',
  });
  expect(tooSmall(await described(40, 7))).toMatchObject({ code: 'IMAGES_TOO_SMALL' });
});

test('images of eight pixels, and smaller ones that are enlarged, are not', async () => {
  expect(tooSmall(await described(8, 8))).toBeNull();
  expect(tooSmall(await described(1, 1, 8))).toBeNull();
});
