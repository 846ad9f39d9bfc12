import type { Window } from '../../program/steps/operations.ts';

/** [n, h, w, c] of the larger image and [h, w] of the smaller one. */
export interface PoolShape {
  readonly image: readonly number[];
  readonly pooled: readonly number[];
}

/** Spreads the gradient of each mean evenly over its window; there is no padding. */
export function avgPoolGrad(dy: Float32Array, dx: Float32Array, window: Window, { image, pooled }: PoolShape): void {
  const [batch, height, width, channels] = image as [number, number, number, number];
  const [, outHeight, outWidth] = pooled as [number, number, number];
  const share = 1 / (window.size[0] * window.size[1]);
  dx.fill(0);
  for (let n = 0, out = 0; n < batch; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      for (let ow = 0; ow < outWidth; ow++, out += channels) {
        for (let h = oh * window.strides[0], kh = 0; kh < window.size[0]; kh++, h++) {
          const at = ((n * height + h) * width + ow * window.strides[1]) * channels;
          for (let i = 0; i < window.size[1] * channels; i++) dx[at + i]! += dy[out + (i % channels)]! * share;
        }
      }
    }
  }
}

/** Mean over height and width: [n, h, w, c] -> [n, c], in float64. */
export function globalAverage(
  x: Float32Array,
  y: Float32Array,
  [batch, height, width, channels]: readonly number[],
): void {
  const pixels = height! * width!;
  const sums = new Float64Array(channels!);
  for (let n = 0, at = 0; n < batch!; n++) {
    sums.fill(0);
    for (let p = 0; p < pixels; p++, at += channels!) {
      for (let c = 0; c < channels!; c++) sums[c]! += x[at + c]!;
    }
    for (let c = 0; c < channels!; c++) y[n * channels! + c] = sums[c]! / pixels;
  }
}

export function globalAverageGrad(
  dy: Float32Array,
  dx: Float32Array,
  [batch, height, width, channels]: readonly number[],
): void {
  const pixels = height! * width!;
  for (let n = 0, at = 0; n < batch!; n++) {
    for (let p = 0; p < pixels; p++, at += channels!) {
      for (let c = 0; c < channels!; c++) dx[at + c] = dy[n * channels! + c]! / pixels;
    }
  }
}
