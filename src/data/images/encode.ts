import type { ImageShape } from '../samples/dataset.ts';
import { loadSharp } from './load-sharp.ts';

/** Decoded pixels [h, w, c], gray or of colors, as a PNG file. */
export async function encodePng(pixels: Uint8Array, [height, width, channels]: ImageShape): Promise<Buffer> {
  const sharp = await loadSharp();
  const image = sharp(pixels, { raw: { width, height, channels } });
  // Where it is not told so, one channel becomes three.
  return (channels === 1 ? image.toColourspace('b-w') : image).png({ compressionLevel: 9 }).toBuffer();
}
