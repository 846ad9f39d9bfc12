import type { RandomStream } from '../../shared/random/stream.ts';
import type { ImageShape } from '../samples/dataset.ts';
import type { Operation } from './operation.ts';

/** A part is at most so many times wider or narrower, for its height, than the image is. */
const STRETCH = 4 / 3;
/** Weights of neighbouring pixels are whole numbers of this many parts, so that sums of them are exact. */
const PARTS = 256;

/**
 * A part of the image, of `share` to all of its area and about its shape, enlarged to its size: what torchvision calls
 * RandomResizedCrop. Between pixels it interpolates linearly.
 */
export function resizedCrop([height, width, channels]: ImageShape, share: number): Operation {
  const columns = new Line(width);
  const rows = new Line(height);
  const last = channels - 1;
  return (from, to, random) => {
    // The same number of draws for every image.
    const area = share + (1 - share) * random.uniform();
    const stretch = 1 + (STRETCH - 1) * random.uniform();
    const wider = random.uniform() < 0.5;
    const long = Math.min(1, Math.sqrt(area * stretch));
    const short = area / long;
    columns.cut(wider ? long : short, random);
    rows.cut(wider ? short : long, random);
    let target = 0;
    for (let y = 0; y < height; y++) {
      const above = rows.before[y]! * width;
      const below = rows.after[y]! * width;
      const lower = rows.weight[y]!;
      const upper = PARTS - lower;
      for (let x = 0; x < width; x++) {
        const right = columns.weight[x]!;
        const left = PARTS - right;
        let a = (above + columns.before[x]!) * channels;
        let b = (above + columns.after[x]!) * channels;
        let c = (below + columns.before[x]!) * channels;
        let d = (below + columns.after[x]!) * channels;
        for (let channel = 0; channel <= last; channel++) {
          const top = from[a++]! * left + from[b++]! * right;
          const bottom = from[c++]! * left + from[d++]! * right;
          to[target++] = (top * upper + bottom * lower + (PARTS * PARTS) / 2) >>> 16;
        }
      }
    }
  };
}

/** Where along one axis each pixel of the result lies: between which two pixels of the image, and how near the second. */
class Line {
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly weight: Int32Array;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
    this.before = new Int32Array(length);
    this.after = new Int32Array(length);
    this.weight = new Int32Array(length);
  }

  /** To this share of the length, at a random place. */
  cut(share: number, random: RandomStream): void {
    const length = this.#length;
    const part = share * length;
    const start = (length - part) * random.uniform();
    const scale = part / length;
    for (let i = 0; i < length; i++) {
      // Pixels are squares: their middles are mapped, and beyond the middle of the outermost there is only it.
      const place = Math.min(length - 1, Math.max(0, start + (i + 0.5) * scale - 0.5));
      const before = Math.floor(place);
      this.before[i] = before;
      this.after[i] = Math.min(length - 1, before + 1);
      this.weight[i] = Math.round((place - before) * PARTS);
    }
  }
}
