import { forEachBounded } from '../../data/files/bounded.ts';
import { decodeImage } from '../../data/images/decode.ts';
import { GradsocketError } from '../../shared/errors.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { type Found, readFailure, readFound } from './images.ts';

/** Files open at a time; libvips decodes them in threads. */
const DECODES = 8;

/** An image in the shape that the network takes, or the sentence that says why there is none. */
export type Decoded =
  | { readonly file: string; readonly pixels: Uint8Array }
  | {
      readonly file: string;
      readonly refused: string;
      /** Its disk is away, which says nothing of the image: it may be there later. */
      readonly away?: GradsocketError;
    };

/** What a model was trained on decides what its pixels are. */
type PixelsOf = Pick<DatasetDescription, 'imageShape' | 'decoding' | 'maxPixels'>;

/**
 * In the order given.
 *
 * @throws GradsocketError where the disk of all of several is away: each of those that follow would be waited for
 */
export async function decodeAll(found: readonly Found[], as: PixelsOf): Promise<readonly Decoded[]> {
  const all: Decoded[] = [];
  await forEachBounded(found.length, DECODES, async (index) => {
    all[index] = await decode(found[index]!, as);
  });
  const away = all.flatMap((image) => ('refused' in image && image.away !== undefined ? [image.away] : []));
  if (all.length > 1 && away.length === all.length) throw away[0]!;
  return all;
}

async function decode(found: Found, { imageShape, decoding, maxPixels }: PixelsOf): Promise<Decoded> {
  const { file, path, refused } = found;
  if (refused !== null) return { file, refused };
  let bytes: Uint8Array;
  try {
    bytes = await readFound(found);
  } catch (error) {
    if (error instanceof GradsocketError) return { file, refused: error.message, away: error };
    return { file, refused: `${file} cannot be read: ${readFailure(error, path)}.` };
  }
  const result = await decodeImage(bytes, imageShape, decoding, maxPixels);
  if (result.reason === null) return { file, pixels: result.pixels };
  return { file, refused: `${file} cannot be decoded: ${result.reason}.` };
}
