/** Positions between two pixels for which libvips has weights. */
const POSITIONS = 64;
const BITS = 12;
/** As many times as that a box filter may not reduce: from twice on, what is left is for Lanczos. */
const GAP = 2;
const LOBES = 3;

type Size = readonly [height: number, width: number];

/**
 * uint8 [h, w, c] in the smallest size of its shape that covers `size`, of which the middle is taken: what sharp's `resize` with `fit:
 * 'cover'` makes of it, in libvips' arithmetic: byte for byte but where a position lies just between two of those that it has
 * weights for, which few sizes have.
 */
export function libvipsCover(
  pixels: Uint8Array | Uint8ClampedArray,
  [height, width]: Size,
  channels: number,
  size: Size,
): Uint8Array {
  const shrink = Math.min(width / size[1], height / size[0]);
  if (shrink < 1) {
    const scaled = [roundUp(height / shrink), roundUp(width / shrink)] as const;
    return cropped(enlarged(pixels, [height, width], channels, scaled, shrink), scaled, channels, size);
  }
  const tall = reduceRows({ pixels, height, stride: width * channels }, shrink);
  const turned = transposed(tall.pixels, tall.height, width, channels);
  const wide = reduceRows({ pixels: turned, height: width, stride: tall.height * channels }, shrink);
  const scaled = transposed(wide.pixels, wide.height, tall.height, channels);
  return cropped(scaled, [tall.height, wide.height], channels, size);
}

interface Rows {
  readonly pixels: Uint8Array | Uint8ClampedArray;
  readonly height: number;
  /** Values in a row. */
  readonly stride: number;
}

function reduceRows(rows: Rows, shrink: number): Rows {
  const height = roundUp(rows.height / shrink);
  const whole = Math.max(1, Math.floor(shrink / GAP));
  const invented = (height * shrink - rows.height) / whole;
  const shrunk = whole > 1 ? boxed(rows, whole) : rows;
  const rest = shrink / whole;
  return rest === 1 ? shrunk : lanczos(shrunk, rest, height, (1 + invented) / 2 - 1);
}

/** The mean of every `shrink` rows. */
function boxed({ pixels, height, stride }: Rows, shrink: number): Rows {
  const rows = Math.ceil(height / shrink);
  const result = new Uint8Array(rows * stride);
  const multiplier = Math.floor(2 ** 24 / shrink);
  const half = Math.floor(shrink / 2);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < stride; x++) {
      let sum = half;
      for (let k = 0; k < shrink; k++) sum += pixels[Math.min(height - 1, y * shrink + k) * stride + x]!;
      result[y * stride + x] = Math.floor((sum * multiplier) / 2 ** 24);
    }
  }
  return { pixels: result, height: rows, stride };
}

function lanczos({ pixels, height, stride }: Rows, shrink: number, rows: number, offset: number): Rows {
  const points = 2 * roundEven(LOBES * shrink) + 1;
  const before = Math.ceil(points / 2) - 1;
  const masks = Array.from({ length: POSITIONS + 1 }, (_, at) => fixed(maskAt(at / POSITIONS, points, shrink)));
  const result = new Uint8Array(rows * stride);
  let place = 0.5 * shrink - 0.5 - offset;
  // Added up, as there: a product is now and then another number in its last bit.
  for (let y = 0; y < rows; y++, place += shrink) {
    const first = Math.trunc(place);
    const between = Math.trunc(place * POSITIONS * 2) & (POSITIONS * 2 - 1);
    const mask = masks[(between + 1) >> 1]!;
    for (let x = 0; x < stride; x++) {
      let sum = 1 << (BITS - 1);
      for (let k = 0; k < points; k++) {
        const row = Math.min(height - 1, Math.max(0, first + k - before));
        sum += mask[k]! * pixels[row * stride + x]!;
      }
      const value = sum >> BITS;
      result[y * stride + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
  return { pixels: result, height: rows, stride };
}

function maskAt(x: number, points: number, shrink: number): readonly number[] {
  const half = x + points / 2 - 1;
  const weights = Array.from({ length: points }, (_, i) => windowed((i - half) / shrink));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function windowed(x: number): number {
  if (x === 0) return 1;
  return Math.abs(x) > LOBES ? 0 : sinc(x) * sinc(x / LOBES);
}

function sinc(x: number): number {
  return Math.sin(Math.PI * x) / (Math.PI * x);
}

/** What is behind the point is cut off, not rounded: their sum is a little less than one. */
function fixed(weights: readonly number[]): Int32Array {
  return Int32Array.from(weights, (weight) => Math.trunc(weight * 2 ** BITS));
}

/**
 * With the cubic of Catmull and Rom, along rows first. A pixel of the result lies half a pixel before where its middle would be: so it is
 * in libvips.
 */
function enlarged(
  pixels: Uint8Array | Uint8ClampedArray,
  [height, width]: Size,
  channels: number,
  [tall, wide]: Size,
  shrink: number,
): Uint8Array {
  const masks = Array.from({ length: POSITIONS + 1 }, (_, at) => fixed(catmullRom(at / POSITIONS)));
  const along = Array.from({ length: wide }, (_, x) => cubicAt(x * shrink - 0.5, width, masks));
  const across = Array.from({ length: tall }, (_, y) => cubicAt(y * shrink - 0.5, height, masks));
  const half = 1 << (BITS - 1);
  const rows = new Int32Array(height * wide * channels);
  for (let y = 0; y < height; y++) {
    for (const [x, { mask, places }] of along.entries()) {
      for (let c = 0; c < channels; c++) {
        let sum = half;
        for (let k = 0; k < 4; k++) sum += mask[k]! * pixels[(y * width + places[k]!) * channels + c]!;
        rows[(y * wide + x) * channels + c] = sum >> BITS;
      }
    }
  }
  const stride = wide * channels;
  const result = new Uint8Array(tall * stride);
  for (const [y, { mask, places }] of across.entries()) {
    for (let x = 0; x < stride; x++) {
      let sum = half;
      for (let k = 0; k < 4; k++) sum += mask[k]! * rows[places[k]! * stride + x]!;
      const value = sum >> BITS;
      result[y * stride + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
  return result;
}

/** Of a place between pixels: the four of which it is made, and how much of each. */
function cubicAt(place: number, length: number, masks: readonly Int32Array[]) {
  const first = Math.floor(place);
  const between = Math.floor((place - first) * POSITIONS * 2);
  const places = Array.from({ length: 4 }, (_, k) => Math.min(length - 1, Math.max(0, first - 1 + k)));
  return { mask: masks[(between + 1) >> 1]!, places };
}

function catmullRom(x: number): readonly number[] {
  const rest = 1 - x;
  const both = -0.5 * x * rest;
  const first = rest * both;
  const last = x * both;
  const difference = last - first;
  return [first, rest - first + difference, x - last - difference, last];
}

function roundUp(x: number): number {
  return Math.floor(x + 0.5);
}

function roundEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

function transposed(pixels: Uint8Array | Uint8ClampedArray, height: number, width: number, channels: number) {
  const result = new Uint8Array(pixels.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) result[(x * height + y) * channels + c] = pixels[at++]!;
    }
  }
  return result;
}

function cropped(pixels: Uint8Array, own: Size, channels: number, [height, width]: Size): Uint8Array {
  const top = Math.floor((own[0] - height + 1) / 2);
  const left = Math.floor((own[1] - width + 1) / 2);
  const result = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const at = ((top + y) * own[1] + left) * channels;
    result.set(pixels.subarray(at, at + width * channels), y * width * channels);
  }
  return result;
}
