import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../src/data/images/decode.ts';
import { greyOf } from '../../../src/data/images/grey.ts';
import type { Decoding } from '../../../src/shared/protocol/shared.ts';
import golden from './golden.json' with { type: 'json' };

/** The formula of golden.py. */
function picture(height: number, width: number): Promise<Buffer> {
  const pixels = Buffer.alloc(height * width * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) pixels[at++] = (x * x * 7 + y * y * 3 + x * y * (c + 1) + c * 85) % 256;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function resultOf(
  own: readonly number[],
  size: readonly number[],
  how: Pick<Decoding, 'resize'> & Interpolation,
) {
  const bytes = await picture(own[0]!, own[1]!);
  const shape = [size[0]!, size[1]!, 3] as const;
  const interpolation = how.interpolation as Decoding['interpolation'];
  const { pixels } = (await decodeImage(bytes, [...shape], { ...how, interpolation, colourProfile: 'ignore' })) as {
    readonly pixels: Uint8Array;
  };
  return { first: [...pixels.subarray(0, 12)], sha256: createHash('sha256').update(pixels).digest('hex') };
}
interface Interpolation {
  readonly interpolation: string;
}

describe("pixels are those of torchvision's transforms, byte for byte:", () => {
  test.each(golden.resized)(
    'Resize($shorter), CenterCrop($crop) of $own, $interpolation',
    async ({ interpolation, own, shorter, crop, sha256, first }) => {
      expect(await resultOf(own, [crop, crop], { resize: shorter, interpolation })).toEqual({ first, sha256 });
    },
  );

  test.each(golden.squashed)(
    'Resize($size) of $own, $interpolation',
    async ({ interpolation, own, size, ...pixels }) => {
      expect(await resultOf(own, size, { resize: 'squash', interpolation })).toEqual(pixels);
    },
  );
});

test("grey is Pillow's convert('L')", () => {
  for (const [colour, grey] of Object.entries(golden.grey)) {
    expect([...greyOf(Buffer.from(colour.slice(1), 'hex'))], colour).toEqual([grey]);
  }
});
