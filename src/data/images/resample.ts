import type { Decoding } from '../../shared/protocol/shared.ts';
import type { ImageShape } from '../samples/dataset.ts';
import type { Placement } from './placement.ts';

interface Filter {
  /** Pixels to each side that count, where nothing is reduced. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const FILTERS: Readonly<Record<Decoding['interpolation'], Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const BITS = 22;
const HALF = 1 << (BITS - 1);

/**
 * uint8 [h, w, c] as the part of its scaled version that `placement` says. In Pillow's arithmetic, byte for byte, since that
 * is what torchvision's transforms do to a picture: a separable filter that widens with the reduction (so that nothing
 * aliases), weights of 22 bits, columns first, rounded to bytes between.
 */
export function resample(
  pixels: Uint8Array,
  [height, width, channels]: ImageShape,
  placement: Placement,
  interpolation: Decoding['interpolation'],
): Uint8Array {
  const filter = FILTERS[interpolation];
  const { scaled, from, size } = placement;
  const columns = new Line(width, scaled[1], from[1], size[1], filter);
  const rows = new Line(height, scaled[0], from[0], size[0], filter);
  // Only rows that some wanted row looks at.
  const first = rows.start[0]!;
  const last = rows.start[size[0] - 1]! + rows.length[size[0] - 1]!;
  const stride = size[1] * channels;
  const wide = new Uint8Array((last - first) * stride);
  for (let y = first; y < last; y++) {
    columns.alongRow(pixels, y * width * channels, channels, wide, (y - first) * stride);
  }
  const result = new Uint8Array(size[0] * stride);
  for (let y = 0; y < size[0]; y++) {
    rows.acrossRows(y, wide, (rows.start[y]! - first) * stride, stride, result, y * stride);
  }
  return result;
}

/** For each pixel of the result along one axis: which pixels it is made of, and how much of each. */
class Line {
  readonly start: Int32Array;
  readonly length: Int32Array;
  readonly #weights: Int32Array;
  readonly #most: number;

  /** `size` pixels from the `from`th on, of a line of `length` pixels scaled to `scaled`. */
  constructor(length: number, scaled: number, from: number, size: number, filter: Filter) {
    const scale = length / scaled;
    const widening = Math.max(1, scale);
    const support = filter.support * widening;
    this.#most = Math.ceil(support) * 2 + 1;
    this.start = new Int32Array(size);
    this.length = new Int32Array(size);
    this.#weights = new Int32Array(size * this.#most);
    for (let i = 0; i < size; i++) {
      const place = from + i;
      // Nothing to scale: Pillow leaves such a line as it is, whatever the filter.
      if (scaled === length) {
        this.start[i] = place;
        this.length[i] = 1;
        this.#weights[i * this.#most] = 1 << BITS;
        continue;
      }
      const middle = (place + 0.5) * scale;
      const start = Math.max(0, Math.trunc(middle - support + 0.5));
      const end = Math.min(length, Math.trunc(middle + support + 0.5));
      const weights = Array.from({ length: end - start }, (_, k) =>
        filter.weight((start + k - middle + 0.5) * (1 / widening)),
      );
      const sum = weights.reduce((a, b) => a + b, 0);
      this.start[i] = start;
      this.length[i] = end - start;
      for (const [k, weight] of weights.entries()) {
        const share = (weight / sum) * 2 ** BITS;
        this.#weights[i * this.#most + k] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
      }
    }
  }

  /** Every pixel of a row, from the pixels of the row that begins at `row`. */
  alongRow(from: Uint8Array, row: number, channels: number, to: Uint8Array, at: number): void {
    const weights = this.#weights;
    const { start, length } = this;
    let target = at;
    for (let i = 0; i < start.length; i++) {
      const begin = i * this.#most;
      const end = begin + length[i]!;
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF;
        let place = row + start[i]! * channels + channel;
        for (let k = begin; k < end; k++, place += channels) sum += weights[k]! * from[place]!;
        to[target++] = byteOf(sum);
      }
    }
  }

  /** The `i`th row, of rows of `stride` values that begin at `row`. */
  acrossRows(i: number, from: Uint8Array, row: number, stride: number, to: Uint8Array, at: number): void {
    const begin = i * this.#most;
    const length = this.length[i]!;
    // Row by row, as they lie in memory.
    const sums = new Int32Array(stride).fill(HALF);
    for (let k = 0, place = row; k < length; k++) {
      const weight = this.#weights[begin + k]!;
      for (let x = 0; x < stride; x++) sums[x]! += weight * from[place++]!;
    }
    for (let x = 0; x < stride; x++) to[at + x] = byteOf(sums[x]!);
  }
}

function byteOf(sum: number): number {
  const value = sum >> BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Keys' cubic with a = -0.5. */
function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function sinc(x: number): number {
  if (x === 0) return 1;
  return Math.sin(Math.PI * x) / (Math.PI * x);
}
