import type { Window } from '../../../program/operations.ts';

/** [n, h, w, c] of the larger image and [h, w] of the smaller one. */
export interface PoolShape {
  readonly image: readonly number[];
  readonly pooled: readonly number[];
}

/** Gives the gradient of each maximum to the first pixel of its window that has it. */
export function maxPoolGrad(
  x: Float32Array,
  y: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  window: Window,
  { image, pooled }: PoolShape,
): void {
  const [batch, height, width, channels] = image as [number, number, number, number];
  const [, outHeight, outWidth] = pooled as [number, number, number];
  dx.fill(0);
  for (let n = 0, out = 0; n < batch; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const [top, bottom] = span(oh, window.strides[0], window.padding.top, window.size[0], height);
      for (let ow = 0; ow < outWidth; ow++) {
        const [left, right] = span(ow, window.strides[1], window.padding.left, window.size[1], width);
        const end = out + channels;
        for (let c = 0; out < end; out++, c++) {
          const maximum = y[out]!;
          search: for (let h = top; h < bottom; h++) {
            let at = ((n * height + h) * width + left) * channels + c;
            for (let w = left; w < right; w++, at += channels) {
              if (x[at] === maximum) {
                dx[at]! += dy[out]!;
                break search;
              }
            }
          }
        }
      }
    }
  }
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

/** The pixels of the image that the window at `index` covers: [start, end). */
function span(index: number, stride: number, before: number, size: number, limit: number): readonly [number, number] {
  const start = index * stride - before;
  return [Math.max(start, 0), Math.min(start + size, limit)];
}
