import { forEachBounded } from '../../data/files/bounded.ts';
import { decodeImage } from '../../data/images/decode.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { type Found, readFailure, readFound } from './images.ts';

/** Files open at a time; libvips decodes them in threads. */
const DECODES = 8;

/** An image in the shape that the network takes, or the sentence that says why there is none. */
export type Decoded =
  | { readonly file: string; readonly pixels: Uint8Array }
  | { readonly file: string; readonly refused: string };

/** What a model was trained on decides what its pixels are. */
type PixelsOf = Pick<DatasetDescription, 'imageShape' | 'decoding' | 'maxPixels'>;

/** In the order given. */
export async function decodeAll(found: readonly Found[], as: PixelsOf): Promise<readonly Decoded[]> {
  const all: Decoded[] = [];
  await forEachBounded(found.length, DECODES, async (index) => {
    all[index] = await decode(found[index]!, as);
  });
  return all;
}

async function decode({ file, path, refused }: Found, { imageShape, decoding, maxPixels }: PixelsOf): Promise<Decoded> {
  if (refused !== null) return { file, refused };
  let bytes: Uint8Array;
  try {
    bytes = await readFound(path);
  } catch (error) {
    return { file, refused: `${file} cannot be read: ${readFailure(error, path)}.` };
  }
  const result = await decodeImage(bytes, imageShape, decoding, maxPixels);
  if (result.reason === null) return { file, pixels: result.pixels };
  return { file, refused: `${file} cannot be decoded: ${result.reason}.` };
}
