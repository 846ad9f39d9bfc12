import { greyOf } from '../data/images/grey.ts';
import { placementOf } from '../data/images/placement.ts';
import { resample } from '../data/images/resample.ts';
import { libvipsCover } from './libvips.ts';
import type { Preprocessing } from './preprocessing.ts';

/** Pixels as a canvas gives them, red, green, blue and opacity: an `ImageData`, or something like it. */
export interface PixelSource {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** uint8 [height, width, channels] as the network takes them: scaled and cropped as its training images were. */
export function preparedPixels(source: PixelSource, preprocessing: Preprocessing): Uint8Array {
  const { size, color, resize, interpolation, arithmetic } = preprocessing;
  const own = [source.height, source.width] as const;
  const opaque = onBlack(source);
  return color === 'gray' ? greyOf(sized()) : sized();

  function sized(): Uint8Array {
    if (own[0] === size[0] && own[1] === size[1]) return opaque;
    if (arithmetic === 'libvips') return libvipsCover(opaque, own, 3, size);
    return resample(opaque, [own[0], own[1], 3], placementOf(own, size, resize), interpolation);
  }
}

/** Without opacity. */
function onBlack({ data, width, height }: PixelSource): Uint8Array {
  if (data.length !== 4 * width * height) {
    throw new TypeError(
      `An image of ${width}x${height} has ${4 * width * height} values (red, green, blue, opacity), and ${data.length} are given.`,
    );
  }
  const result = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const opacity = data[from + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      result[to++] = Math.floor((data[from + channel]! * opacity) / 255);
    }
  }
  return result;
}
