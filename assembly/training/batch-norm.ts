import { accumulate, read, sumChannels, width, write } from './channels';

// Batch norm and its gradient. Statistics are summed in float64, in two passes, so that the variance does not suffer from a
// large mean; values are then scaled in float32, as distances from the mean.

/**
 * Normalises each channel by its own mean and variance. One float a channel: `mean`; `variance`, unbiased, 0 of one value;
 * `inverse`, 1 / sqrt(biased variance + epsilon). `scratch`: two float64 a channel.
 */
export function batchNorm(
  y: usize,
  mean: usize,
  variance: usize,
  inverse: usize,
  x: usize,
  scale: usize,
  offset: usize,
  epsilon: f64,
  pixels: i32,
  stride: i32,
  channels: i32,
  scratch: usize,
): void {
  const means = scratch;
  const squares = scratch + (<usize>channels << 3);
  sumChannels(means, x, pixels, stride, channels);
  for (let c = 0; c < channels; c++) {
    const at = <usize>c << 3;
    f64.store(means + at, f64.load(means + at) / <f64>pixels);
  }
  sumSquares(squares, means, x, pixels, stride, channels);
  const factors = squares;
  for (let c = 0; c < channels; c++) {
    const at = <usize>c << 2;
    const sum = f64.load(squares + (at << 1));
    const inverseDeviation = 1 / Math.sqrt(sum / <f64>pixels + epsilon);
    f32.store(mean + at, <f32>f64.load(means + (at << 1)));
    f32.store(variance + at, pixels > 1 ? <f32>(sum / <f64>(pixels - 1)) : 0);
    f32.store(inverse + at, <f32>inverseDeviation);
    // Overwrites squares that have been read already.
    f32.store(factors + at, <f32>(<f64>f32.load(scale + at) * inverseDeviation));
  }
  normalise(y, x, mean, factors, offset, pixels, stride, channels);
}

/** Normalises by given statistics. `scratch`: a float a channel. */
export function batchNormInference(
  y: usize,
  x: usize,
  scale: usize,
  offset: usize,
  mean: usize,
  variance: usize,
  epsilon: f64,
  pixels: i32,
  stride: i32,
  channels: i32,
  scratch: usize,
): void {
  givenFactors(scratch, scale, variance, epsilon, channels);
  normalise(y, x, mean, scratch, offset, pixels, stride, channels);
}

/**
 * With z = (x - mean) * inverse: doffset = sum(dy), dscale = sum(dy * z),
 * dx = scale * inverse * (dy - doffset / pixels - z * dscale / pixels). `scratch`: two float64 a channel.
 */
export function batchNormGradient(
  dx: usize,
  dscale: usize,
  doffset: usize,
  dy: usize,
  x: usize,
  scale: usize,
  mean: usize,
  inverse: usize,
  pixels: i32,
  stride: i32,
  channels: i32,
  scratch: usize,
): void {
  const sums = scratch;
  const products = scratch + (<usize>channels << 3);
  sumProducts(sums, products, dy, x, mean, pixels, stride, channels);
  // dx = (dy - shift - (x - mean) * slope) * factor, per channel. Both overwrite what has been read already.
  const shifts = sums;
  const slopes = products;
  for (let c = 0; c < channels; c++) {
    const at = <usize>c << 2;
    const sum = f64.load(sums + (at << 1));
    const inverseDeviation = <f64>f32.load(inverse + at);
    const total = f64.load(products + (at << 1)) * inverseDeviation;
    f32.store(doffset + at, <f32>sum);
    f32.store(dscale + at, <f32>total);
    f32.store(shifts + at, <f32>(sum / <f64>pixels));
    f32.store(slopes + at, <f32>((total * inverseDeviation) / <f64>pixels));
  }
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0, size = 0; c < channels; c += size) {
      size = width(c, channels);
      const at = <usize>c << 2;
      const distance = f32x4.sub(read(x + at, size), read(mean + at, size));
      const rest = f32x4.sub(f32x4.sub(read(dy + at, size), read(shifts + at, size)), f32x4.mul(distance, read(slopes + at, size)));
      write(dx + at, f32x4.mul(rest, f32x4.mul(read(scale + at, size), read(inverse + at, size))), size);
    }
    dx += <usize>stride << 2;
    dy += <usize>stride << 2;
    x += <usize>stride << 2;
  }
}

/** The gradient of `batchNormInference` with respect to x. `scratch`: a float a channel. */
export function batchNormInferenceGradient(
  dx: usize,
  dy: usize,
  scale: usize,
  variance: usize,
  epsilon: f64,
  pixels: i32,
  stride: i32,
  channels: i32,
  scratch: usize,
): void {
  givenFactors(scratch, scale, variance, epsilon, channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0, size = 0; c < channels; c += size) {
      size = width(c, channels);
      const at = <usize>c << 2;
      write(dx + at, f32x4.mul(read(dy + at, size), read(scratch + at, size)), size);
    }
    dx += <usize>stride << 2;
    dy += <usize>stride << 2;
  }
}

/** factor = scale / sqrt(variance + epsilon), per channel. */
function givenFactors(factors: usize, scale: usize, variance: usize, epsilon: f64, channels: i32): void {
  for (let c = 0; c < channels; c++) {
    const at = <usize>c << 2;
    const deviation = Math.sqrt(<f64>f32.load(variance + at) + epsilon);
    f32.store(factors + at, <f32>(<f64>f32.load(scale + at) / deviation));
  }
}

/** Overwrites `squares` with the sums of (x - mean)^2, all of it in float64. */
function sumSquares(squares: usize, means: usize, x: usize, pixels: i32, stride: i32, channels: i32): void {
  memory.fill(squares, 0, <usize>channels << 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0, size = 0; c < channels; c += size) {
      size = width(c, channels);
      const at = <usize>c << 3;
      const from = x + (<usize>c << 2);
      if (size == 4) {
        const values = v128.load(from);
        addSquares(squares + at, means + at, f64x2.promote_low_f32x4(values));
        const upper = v128.shuffle<i64>(values, values, 1, 0);
        addSquares(squares + at + 16, means + at + 16, f64x2.promote_low_f32x4(upper));
      } else {
        const distance = <f64>f32.load(from) - f64.load(means + at);
        f64.store(squares + at, f64.load(squares + at) + distance * distance);
      }
    }
    x += <usize>stride << 2;
  }
}

// @ts-ignore: decorator
@inline
function addSquares(squares: usize, means: usize, values: v128): void {
  const distance = f64x2.sub(values, v128.load(means));
  v128.store(squares, f64x2.add(v128.load(squares), f64x2.mul(distance, distance)));
}

/** Overwrites `sums` with the sums of dy, and `products` with those of dy * (x - mean). */
function sumProducts(
  sums: usize,
  products: usize,
  dy: usize,
  x: usize,
  mean: usize,
  pixels: i32,
  stride: i32,
  channels: i32,
): void {
  memory.fill(sums, 0, <usize>channels << 3);
  memory.fill(products, 0, <usize>channels << 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0, size = 0; c < channels; c += size) {
      size = width(c, channels);
      const at = <usize>c << 2;
      const gradient = read(dy + at, size);
      accumulate(sums + (at << 1), gradient, size);
      const distance = f32x4.sub(read(x + at, size), read(mean + at, size));
      accumulate(products + (at << 1), f32x4.mul(gradient, distance), size);
    }
    dy += <usize>stride << 2;
    x += <usize>stride << 2;
  }
}

/** y = (x - mean) * factor + offset, per channel. */
function normalise(
  y: usize,
  x: usize,
  mean: usize,
  factors: usize,
  offset: usize,
  pixels: i32,
  stride: i32,
  channels: i32,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0, size = 0; c < channels; c += size) {
      size = width(c, channels);
      const at = <usize>c << 2;
      const distance = f32x4.sub(read(x + at, size), read(mean + at, size));
      write(y + at, f32x4.add(f32x4.mul(distance, read(factors + at, size)), read(offset + at, size)), size);
    }
    x += <usize>stride << 2;
    y += <usize>stride << 2;
  }
}
