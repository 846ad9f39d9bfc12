import type { Sharp, SharpOptions } from 'sharp';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { MAX_PIXELS, MOST_PIXELS } from '../../shared/job/max-pixels.ts';
import { LIMITS } from '../../shared/protocol/limits.ts';
import type { DatasetDescription, Decoding } from '../../shared/protocol/shared.ts';
import type { ImageShape } from '../samples/dataset.ts';
import { fileKind } from '../files/file-kind.ts';
import { greyOf } from './grey.ts';
import { endsEarly, endsInZeros, imageType, rareJpeg } from '../files/image-type.ts';
import { placementOf } from './placement.ts';
import { resample } from './resample.ts';
import { loadSharp } from './load-sharp.ts';

/** Why an image cannot be used; continues `FILE cannot be decoded: `. */
export interface Undecodable {
  readonly reason: string;
}

/** uint8 pixels [h, w, c], or why there are none. */
export type DecodeResult = { readonly pixels: Uint8Array; readonly reason: null } | Undecodable;

export interface ImageHeader {
  /** As it is to be looked at: after the EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  readonly reason: null;
}

const OPTIONS: SharpOptions = {
  // Ends early, or cannot be trusted: refused. Mere warnings (odd metadata, bytes after the end) are common and harmless.
  failOn: 'error',
  // First frame of an animation.
  pages: 1,
  autoOrient: true,
};

/** Size and kind of a JPEG, PNG or WebP file, from its header. */
export async function readHeader(bytes: Uint8Array, maxPixels = MAX_PIXELS): Promise<ImageHeader | Undecodable> {
  const refused = refusal(bytes);
  if (refused !== null) return refused;
  const sharp = await loadSharp();
  try {
    const { width, height, space, autoOrient } = await sharp(bytes, {
      ...OPTIONS,
      limitInputPixels: maxPixels,
    }).metadata();
    return {
      width: autoOrient.width ?? width,
      height: autoOrient.height ?? height,
      grey: isGrey(space),
      reason: null,
    };
  } catch (error) {
    return { reason: reasonOf(error, bytes, maxPixels) };
  }
}

/** What a dataset that says nothing else is decoded with. */
export type Decode = Decoding | undefined;

/**
 * A JPEG, PNG or WebP file as pixels of `shape`: turned upright, scaled and cropped as `how` says (as a rule to cover the
 * shape, around the centre, so that nothing is stretched), transparency on black, CMYK and 16-bit as 8-bit sRGB, colour as
 * grey where the shape has one channel.
 */
export async function decodeImage(
  bytes: Uint8Array,
  shape: ImageShape,
  how?: Decode,
  maxPixels = MAX_PIXELS,
): Promise<DecodeResult> {
  const refused = refusal(bytes);
  if (refused !== null) return refused;
  const sharp = await loadSharp();
  const options = { ...OPTIONS, limitInputPixels: maxPixels, ignoreIcc: how?.colourProfile === 'ignore' };
  return toPixels(sharp(bytes, options), shape, { bytes, maxPixels }, how);
}

/** Raw pixels of one shape as pixels of another, with the same scaling, cropping and channels. */
export async function resizePixels(
  pixels: Uint8Array,
  from: ImageShape,
  to: ImageShape,
  how?: Decode,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const [height, width, channels] = from;
  const result = await toPixels(sharp(pixels, { raw: { width, height, channels } }), to, null, how);
  if (result.reason !== null) throw new Error(`resizing raw pixels failed: ${result.reason}`);
  return result.pixels;
}

/** What of a dataset's description says how its samples are decoded. */
type HowEncoded = Pick<DatasetDescription, 'encoding' | 'imageShape' | 'decoding' | 'maxPixels'>;

/** One encoded sample of a dataset as uint8 pixels [h, w, c] of its `imageShape`. */
export async function tryDecodeSample(description: HowEncoded, bytes: Uint8Array): Promise<DecodeResult> {
  const { encoding, imageShape, decoding, maxPixels } = description;
  if (encoding === 'image') return decodeImage(bytes, imageShape, decoding, maxPixels);
  const [height, width, channels] = imageShape;
  const expected = height * width * channels;
  if (bytes.length === expected) return { pixels: bytes, reason: null };
  return { reason: `it has ${bytes.length} bytes where ${height}x${width}x${channels} pixels take ${expected}` };
}

/** As `tryDecodeSample`, for those who have no other way to go on than to fail. */
export async function decodeSample(description: HowEncoded, bytes: Uint8Array): Promise<Uint8Array> {
  const result = await tryDecodeSample(description, bytes);
  if (result.reason === null) return result.pixels;
  throw new GradsocketError('BAD_IMAGE', EXIT.badData, `The image cannot be decoded: ${result.reason}.`);
}

function refusal(bytes: Uint8Array): Undecodable | null {
  if (bytes.length === 0) return { reason: 'it is empty' };
  if (bytes.length > LIMITS.sampleBytes) return { reason: `it is larger than ${LIMITS.sampleBytes / 2 ** 20} MiB` };
  const type = imageType(bytes);
  if (type === null) {
    const kind = fileKind(bytes);
    return { reason: `it is not a JPEG, PNG or WebP file${kind === null ? '' : `, but ${kind}`}` };
  }
  // A JPEG may lack its end marker and still be whole; its decoder knows.
  if (type === 'jpeg') {
    // To the decoder zeros are pixels, too: gray ones.
    return endsInZeros(bytes) && endsEarly(type, bytes)
      ? { reason: 'it ends in zeros, as a broken copy leaves' }
      : null;
  }
  return endsEarly(type, bytes) ? { reason: 'it ends early' } : null;
}

interface EncodedFile {
  readonly bytes: Uint8Array;
  readonly maxPixels: number;
}

/** `file`: what the image is decoded from; null: raw pixels. */
async function toPixels(image: Sharp, shape: ImageShape, file: EncodedFile | null, how: Decode): Promise<DecodeResult> {
  const [height, width, channels] = shape;
  try {
    // What is grey in itself stays as it is; libvips' own way from colour to grey is another one than everybody's.
    const own = channels === 1 && isGrey((await image.metadata()).space) ? 1 : 3;
    const upright = image.flatten({ background: 'black' });
    const sized = how === undefined ? upright.resize(width, height, { fit: 'cover', position: 'centre' }) : upright;
    const { data, info } = await sized
      .toColourspace(own === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== own) return { reason: `it decodes to ${info.channels} channels instead of ${own}` };
    const pixels = how === undefined ? data : placed(data, [info.height, info.width, own], shape, how);
    return { pixels: own === channels ? pixels : greyOf(pixels), reason: null };
  } catch (error) {
    return {
      reason: (file === null ? null : await tooNarrow(file)) ?? reasonOf(error, file?.bytes ?? null, file?.maxPixels),
    };
  }
}

/** The longer side by the shorter; enlarged until the shorter one fits, such an image may be longer than libvips can make it. */
const NARROW = 1000;

/** Null: the image is not so narrow, or it is its content that cannot be decoded. */
async function tooNarrow({ bytes, maxPixels }: EncodedFile): Promise<string | null> {
  const header = await readHeader(bytes, maxPixels);
  if (header.reason !== null) return null;
  const { width, height } = header;
  if (Math.max(width, height) < NARROW * Math.min(width, height)) return null;
  const sharp = await loadSharp();
  const whole = await sharp(bytes, { ...OPTIONS, limitInputPixels: maxPixels })
    .stats()
    .then(() => true)
    .catch(() => false);
  return whole ? `it is too narrow, ${width} ${width === 1 ? 'pixel' : 'pixels'} wide and ${height} high` : null;
}

function placed(pixels: Uint8Array, own: ImageShape, [height, width]: ImageShape, how: Decoding): Uint8Array {
  const placement = placementOf([own[0], own[1]], [height, width], how.resize);
  return resample(pixels, own, placement, how.interpolation);
}

function isGrey(space: string): boolean {
  return space === 'b-w' || space === 'grey16';
}

/**
 * libvips keeps its error messages in one place for all threads, so that they may be another image's. What it says is
 * therefore not told; that it refused this image is certain.
 */
function reasonOf(error: unknown, bytes: Uint8Array | null, maxPixels = MAX_PIXELS): string {
  if (error instanceof Error && error.message.includes('pixel limit')) {
    const limit = maxPixels < 1e6 ? String(maxPixels) : `${maxPixels / 1e6} million`;
    return `it has more than ${limit} pixels${maxPixels < MOST_PIXELS ? '; raise --max-pixels' : ''}`;
  }
  const type = bytes === null ? null : imageType(bytes);
  if (bytes === null || type === null) return 'it is damaged';
  const rare = type === 'jpeg' ? rareJpeg(bytes) : null;
  if (rare !== null && !rare.mayDecode) return `it is of a kind that is not supported (${rare.kind})`;
  if (endsEarly(type, bytes)) return 'it ends early';
  return rare === null ? 'it is damaged' : `it is damaged, or of a kind that is not supported (${rare.kind})`;
}
