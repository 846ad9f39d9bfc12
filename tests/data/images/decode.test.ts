import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeSample, readHeader, resizePixels } from '../../../src/data/images/decode.ts';
import { image } from '../fixtures.ts';

const WIDTH = 24;
const HEIGHT = 16;

/** Left half red, right half blue. */
function halves() {
  const raw = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) raw[3 * i + (i % WIDTH < WIDTH / 2 ? 0 : 2)] = 255;
  return sharp(raw, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

async function decoded(bytes: Uint8Array, height = HEIGHT, width = WIDTH, channels: 1 | 3 = 3): Promise<Uint8Array> {
  const result = await decodeImage(bytes, [height, width, channels]);
  if (result.reason !== null) expect.fail(result.reason);
  expect(result.pixels).toHaveLength(height * width * channels);
  return result.pixels;
}

function at(pixels: Uint8Array, x: number, y: number, width = WIDTH): number[] {
  return [...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
}

function near(actual: number[], expected: number[], within = 12): void {
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]!), actual.join()).toBeLessThanOrEqual(within));
}

describe('decoding gives the pixels of', () => {
  test('a lossless file as they are', async () => {
    for (const bytes of [await halves().png().toBuffer(), await halves().webp({ lossless: true }).toBuffer()]) {
      expect(Buffer.from(await decoded(bytes))).toEqual(await halves().raw().toBuffer());
    }
  });

  test('a JPEG, about', async () => {
    const pixels = await decoded(await halves().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer());
    near(at(pixels, 2, 2), [255, 0, 0]);
    near(at(pixels, 20, 2), [0, 0, 255]);
  });

  test('a photograph taken sideways, upright', async () => {
    const bytes = await halves().withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await readHeader(bytes)).toMatchObject({ width: HEIGHT, height: WIDTH });
    const pixels = await decoded(bytes, WIDTH, HEIGHT);
    // Turned clockwise: what was left is up.
    near(at(pixels, 8, 2, HEIGHT), [255, 0, 0]);
    near(at(pixels, 8, 21, HEIGHT), [0, 0, 255]);
  });

  test('a CMYK JPEG as sRGB', async () => {
    const pixels = await decoded(await halves().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer());
    expect(at(pixels, 2, 2)[0]).toBeGreaterThan(180);
    expect(at(pixels, 20, 2)[2]).toBeGreaterThan(80);
    expect(at(pixels, 20, 2)[0]).toBeLessThan(120);
  });

  test('a 16-bit PNG as 8-bit', async () => {
    const bytes = await halves().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    near(at(await decoded(bytes), 2, 2), [255, 0, 0], 1);
  });

  test('the first frame of an animation', async () => {
    const frames = [await halves().png().toBuffer(), await halves().negate().png().toBuffer()];
    const bytes = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    expect(await readHeader(bytes)).toMatchObject({ width: WIDTH, height: HEIGHT });
    near(at(await decoded(bytes), 2, 2), [255, 0, 0], 1);
  });

  test('a transparent image on black', async () => {
    const bytes = await halves().ensureAlpha(0.5).png().toBuffer();
    near(at(await decoded(bytes), 2, 2), [128, 0, 0], 2);
    expect(await decoded(await halves().ensureAlpha(0).png().toBuffer())).toSatisfy((p: Uint8Array) =>
      p.every((v) => v === 0),
    );
  });

  test('one single pixel as an area of its colour', async () => {
    const dot = sharp(Buffer.of(10, 200, 30), { raw: { width: 1, height: 1, channels: 3 } });
    const pixels = await decoded(await dot.png().toBuffer(), 9, 12);
    expect(new Set(Array.from({ length: 108 }, (_, i) => at(pixels, i, 0).join()))).toEqual(new Set(['10,200,30']));
  });

  test('a palette, and a grey image in one channel or three', async () => {
    near(at(await decoded(await halves().png({ palette: true }).toBuffer()), 20, 2), [0, 0, 255], 3);
    const grey = await halves().toColourspace('b-w').png().toBuffer();
    expect(await readHeader(grey)).toMatchObject({ grey: true });
    const one = await decoded(grey, HEIGHT, WIDTH, 1);
    const three = await decoded(grey);
    one.forEach((value, i) => expect(three[3 * i]).toBe(value));
  });
});

test('scaling covers the shape and crops around the centre', async () => {
  // 24x16 to 8x8: scaled to 12x8, two columns lost on each side, so that the border stays in the middle.
  const pixels = await decoded(await halves().png().toBuffer(), 8, 8);
  near(at(pixels, 0, 4, 8), [255, 0, 0]);
  near(at(pixels, 7, 4, 8), [0, 0, 255]);
  near(at(pixels, 2, 4, 8), [255, 0, 0], 40);
  const raw = await halves().raw().toBuffer();
  near(at(await resizePixels(raw, [HEIGHT, WIDTH, 3], [8, 8, 3]), 0, 4, 8), [255, 0, 0]);
});

test('the same bytes give the same pixels', async () => {
  const bytes = await image(3, { width: 50, height: 40, format: 'jpeg' });
  expect(await decoded(bytes, 16, 16)).toEqual(await decoded(bytes, 16, 16));
});

describe('what cannot be decoded is refused:', () => {
  test.each(['jpeg', 'png', 'webp'] as const)('a %s file cut anywhere', async (format) => {
    const bytes = await image(5, { width: 40, height: 30, format });
    expect(await decodeImage(bytes, [16, 16, 3])).toMatchObject({ reason: null });
    for (const share of [0.3, 0.5, 0.7, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      expect(await decodeImage(cut, [16, 16, 3]), `${share}`).toEqual({ reason: 'it ends early' });
    }
  });

  test('a JPEG whose end was never written, which to its decoder is gray; what only follows the end is harmless', async () => {
    const noise = Uint8Array.from({ length: 96 * 96 * 3 }, (_, i) => (i * i * 31) % 251);
    const whole = await sharp(noise, { raw: { width: 96, height: 96, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    const broken = Buffer.from(whole).fill(0, whole.length - 5000);
    expect(await decodeImage(broken, [16, 16, 3])).toEqual({ reason: 'it ends in zeros, as a broken copy leaves' });
    const padded = Buffer.concat([whole, Buffer.alloc(5000)]);
    expect(await decodeImage(padded, [16, 16, 3])).toEqual(await decodeImage(whole, [16, 16, 3]));
  });

  test('other files by what they are, and nothing', async () => {
    const others = [
      ['hello', 'text'],
      ['<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>', 'an SVG drawing'],
      ['GIF89a....', 'a GIF image'],
      ['\0\0\0\0\0', 'nothing but zeros, as a broken copy leaves'],
    ] as const;
    for (const [text, kind] of others) {
      const reason = `it is not a JPEG, PNG or WebP file, but ${kind}`;
      expect(await decodeImage(Buffer.from(text), [8, 8, 3])).toEqual({ reason });
      expect(await readHeader(Buffer.from(text))).toEqual({ reason });
    }
    const unknown = { reason: 'it is not a JPEG, PNG or WebP file' };
    expect(await decodeImage(Uint8Array.of(7, 1, 0, 200), [8, 8, 3])).toEqual(unknown);
    expect(await decodeImage(new Uint8Array(0), [8, 8, 3])).toEqual({ reason: 'it is empty' });
    const most = new Uint8Array(64 * 2 ** 20 + 1).fill(7, 0, 2);
    expect(await decodeImage(most.subarray(1), [8, 8, 3])).not.toEqual({ reason: 'it is larger than 64 MiB' });
    expect(await decodeImage(most, [8, 8, 3])).toEqual({ reason: 'it is larger than 64 MiB' });
  });

  test('JPEGs of kinds that decoders leave out, by what they are', async () => {
    const ordinary = await image(5, { width: 40, height: 30, format: 'jpeg' });
    const frame = ordinary.indexOf(Buffer.of(0xff, 0xc0));
    const withByte = (offset: number, byte: number): Buffer => {
      const bytes = Buffer.from(ordinary);
      bytes[frame + offset] = byte;
      return bytes;
    };
    const reasonFor = async (bytes: Buffer) => (await decodeImage(bytes, [16, 16, 3])).reason;
    expect(await reasonFor(withByte(4, 12))).toBe('it is of a kind that is not supported (12-bit JPEG)');
    expect(await reasonFor(withByte(1, 0xc5))).toBe('it is of a kind that is not supported (hierarchical JPEG)');
    expect(await reasonFor(withByte(1, 0xf7))).toBe('it is of a kind that is not supported (JPEG-LS)');
    expect(await reasonFor(withByte(1, 0xc3))).toBe(
      'it is damaged, or of a kind that is not supported (lossless JPEG)',
    );
  });

  test('an image that is too narrow to be enlarged, with its size', async () => {
    const line = sharp({ create: { width: 200_000, height: 1, channels: 3, background: 'red' } });
    const bytes = await line.png().toBuffer();
    expect(await decodeImage(bytes, [512, 512, 3])).toEqual({
      reason: 'it is too narrow, 200000 pixels wide and 1 high',
    });
    expect(await decodeImage(bytes, [16, 16, 3])).toMatchObject({ reason: null });
    const broken = Buffer.from(bytes);
    broken[Math.floor(bytes.length / 2)]! ^= 0xff;
    expect(await decodeImage(broken, [512, 512, 3])).toEqual({ reason: 'it is damaged' });
  });

  test('a PNG with a flipped byte', async () => {
    const bytes = Buffer.from(await image(5, { width: 40, height: 30 }));
    bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
    expect((await decodeImage(bytes, [16, 16, 3])).reason).toBe('it is damaged');
  });

  test('a header that claims gigapixels', async () => {
    const bytes = Buffer.from(await image(5));
    bytes.writeUInt32BE(60_000, 16);
    bytes.writeUInt32BE(60_000, 20);
    expect((await decodeImage(bytes, [16, 16, 3])).reason).toMatch(
      /^it has more than 100 million pixels; raise --max-pixels$|^it is damaged$/,
    );
  });

  test('raw pixels of another length', async () => {
    await expect(decodeSample({ encoding: 'raw', imageShape: [2, 2, 1] }, new Uint8Array(5))).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      exitCode: 65,
      message: expect.stringContaining('it has 5 bytes where 2x2x1 pixels take 4'),
    });
  });
});
