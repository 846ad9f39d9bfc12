import sharp from 'sharp';
import { expect, it } from 'vitest';
import { libvipsCover } from '../../src/browser/libvips.ts';
import { RandomStream } from '../../src/shared/random/stream.ts';

const SIZES: readonly (readonly [height: number, width: number, side: number])[] = [
  [375, 500, 64],
  [500, 375, 64],
  [480, 640, 96],
  [333, 500, 224],
  [97, 1000, 32],
  [64, 100, 64],
  [130, 64, 64],
  [65, 66, 64],
  [28, 28, 8],
  [32, 32, 64],
  [20, 31, 64],
  [61, 50, 224],
  [3, 40, 16],
];

it.each(SIZES)('%i x %i to %i is what sharp makes of it, byte for byte', async (height, width, side) => {
  const random = new RandomStream(3, 1);
  const pixels = Uint8Array.from({ length: height * width * 3 }, () => random.below(256));
  const theirs = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'cover', position: 'centre' })
    .raw()
    .toBuffer();
  expect(Buffer.compare(libvipsCover(pixels, [height, width], 3, [side, side]), theirs)).toBe(0);
});
