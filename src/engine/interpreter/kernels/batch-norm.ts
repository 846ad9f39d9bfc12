/** Arrays of one float per channel. */
export interface BatchNormOutputs {
  readonly y: Float32Array;
  readonly mean: Float32Array;
  /** Unbiased, for the running statistics; 0 where there is one value only. */
  readonly variance: Float32Array;
  /** 1 / sqrt(biased variance + epsilon) */
  readonly inverseDeviation: Float32Array;
}

/**
 * Normalises each channel (the last axis) of x by its own mean and variance. Two passes over the values in float64:
 * the variance does not suffer from a large mean.
 */
export function batchNorm(
  x: Float32Array,
  scale: Float32Array,
  offset: Float32Array,
  epsilon: number,
  outputs: BatchNormOutputs,
): void {
  const channels = scale.length;
  const count = x.length / channels;
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) mean[c]! += x[i + c]!;
  }
  for (let c = 0; c < channels; c++) mean[c]! /= count;
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const distance = x[i + c]! - mean[c]!;
      squares[c]! += distance * distance;
    }
  }
  const factor = new Float64Array(channels);
  const summand = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const inverse = 1 / Math.sqrt(squares[c]! / count + epsilon);
    outputs.mean[c] = mean[c]!;
    outputs.variance[c] = count > 1 ? squares[c]! / (count - 1) : 0;
    outputs.inverseDeviation[c] = inverse;
    factor[c] = scale[c]! * inverse;
    summand[c] = offset[c]! - mean[c]! * factor[c]!;
  }
  scaleChannels(x, factor, summand, outputs.y);
}

/** Normalises by given statistics. */
export function batchNormInference(
  x: Float32Array,
  scale: Float32Array,
  offset: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  epsilon: number,
  y: Float32Array,
): void {
  const factor = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c]! + epsilon));
  const summand = Float64Array.from(offset, (o, c) => o - mean[c]! * factor[c]!);
  scaleChannels(x, factor, summand, y);
}

/** The gradient of `batchNormInference` with respect to x. */
export function batchNormInferenceGrad(
  dy: Float32Array,
  scale: Float32Array,
  variance: Float32Array,
  epsilon: number,
  dx: Float32Array,
): void {
  const factor = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c]! + epsilon));
  scaleChannels(dy, factor, new Float64Array(factor.length), dx);
}

/** y = x * factor + summand, per channel. */
function scaleChannels(x: Float32Array, factor: Float64Array, summand: Float64Array, y: Float32Array): void {
  const channels = factor.length;
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) y[i + c] = x[i + c]! * factor[c]! + summand[c]!;
  }
}

export interface BatchNormGradInputs {
  readonly dy: Float32Array;
  readonly x: Float32Array;
  readonly scale: Float32Array;
  readonly mean: Float32Array;
  readonly inverseDeviation: Float32Array;
}

export interface BatchNormGradOutputs {
  readonly dx: Float32Array;
  readonly dscale: Float32Array;
  readonly doffset: Float32Array;
}

/**
 * With z = (x - mean) / deviation: doffset = sum(dy), dscale = sum(dy * z),
 * dx = scale / deviation * (dy - doffset / count - z * dscale / count).
 */
export function batchNormGrad(inputs: BatchNormGradInputs, outputs: BatchNormGradOutputs): void {
  const { dy, x, scale, mean, inverseDeviation } = inputs;
  const channels = scale.length;
  const count = x.length / channels;
  const sums = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      sums[c]! += dy[i + c]!;
      products[c]! += dy[i + c]! * (x[i + c]! - mean[c]!);
    }
  }
  // dx = dy * a + x * b + d, per channel.
  const a = new Float64Array(channels);
  const b = new Float64Array(channels);
  const d = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const inverse = inverseDeviation[c]!;
    const dscale = products[c]! * inverse;
    outputs.doffset[c] = sums[c]!;
    outputs.dscale[c] = dscale;
    a[c] = scale[c]! * inverse;
    b[c] = (-a[c]! * inverse * dscale) / count;
    d[c] = (-a[c]! * sums[c]!) / count - b[c]! * mean[c]!;
  }
  const { dx } = outputs;
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) dx[i + c] = dy[i + c]! * a[c]! + x[i + c]! * b[c]! + d[c]!;
  }
}
