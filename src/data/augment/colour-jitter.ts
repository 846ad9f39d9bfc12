import type { ImageShape } from '../samples/dataset.ts';
import type { Operation } from './operation.ts';

/** How bright red, green and blue look, in 256ths: ITU-R BT.601. */
const RED = 77;
const GREEN = 150;
const BLUE = 29;

/**
 * Brightness, contrast (away from or towards the image's mean) and saturation (away from or towards grey), each multiplied
 * by 1 - strength to 1 + strength. The three are one linear map of each pixel, so that nothing is cut off between them.
 * A grey image has no saturation to change, but draws for it like any other.
 */
export function colourJitter([height, width, channels]: ImageShape, strength: number): Operation {
  const count = height * width;
  return (from, to, random) => {
    const brightness = 1 - strength + 2 * strength * random.uniform();
    const contrast = 1 - strength + 2 * strength * random.uniform();
    const saturation = 1 - strength + 2 * strength * random.uniform();
    const scale = brightness * contrast;
    // Half is added so that cutting off what follows the point rounds.
    const shift = (1 - contrast) * brightness * (lightness(from, channels) / count) + 0.5;
    if (channels === 1) {
      for (let i = 0; i < count; i++) to[i] = byte(scale * from[i]! + shift);
      return;
    }
    const own = scale * saturation;
    const grey = (scale - own) / 256;
    for (let i = 0; i < 3 * count; i += 3) {
      const red = from[i]!;
      const green = from[i + 1]!;
      const blue = from[i + 2]!;
      const all = grey * (RED * red + GREEN * green + BLUE * blue) + shift;
      to[i] = byte(own * red + all);
      to[i + 1] = byte(own * green + all);
      to[i + 2] = byte(own * blue + all);
    }
  };
}

/** Sum over the pixels; whole numbers up to the division by a power of two, and so exact in any order. */
function lightness(pixels: Uint8Array, channels: number): number {
  let sum = 0;
  if (channels === 1) {
    for (let i = 0; i < pixels.length; i++) sum += pixels[i]!;
    return sum;
  }
  for (let i = 0; i < pixels.length; i += 3) sum += RED * pixels[i]! + GREEN * pixels[i + 1]! + BLUE * pixels[i + 2]!;
  return sum / 256;
}

function byte(value: number): number {
  return value >= 255 ? 255 : value <= 0 ? 0 : value | 0;
}
