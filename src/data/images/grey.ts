/**
 * Pixels [n, 3] as [n, 1]: the luma of ITU-R 601 of their sRGB values, in whole numbers as Pillow's `convert('L')`. Grey
 * pixels keep their value.
 */
export function greyOf(pixels: Uint8Array): Uint8Array {
  const grey = new Uint8Array(pixels.length / 3);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    grey[i] = (pixels[at]! * 19595 + pixels[at + 1]! * 38470 + pixels[at + 2]! * 7471 + 0x8000) >> 16;
  }
  return grey;
}
