import type { ImageShape } from '../samples/dataset.ts';

/** Per sample and channel: sum and sum of squares of its uint8 pixels. Integers, so that sums are exact in any order. */
export interface PixelSums {
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function pixelSums(samples: number, channels: number): PixelSums {
  return { sums: new Float64Array(samples * channels), squares: new Float64Array(samples * channels) };
}

export function addPixels(into: PixelSums, sample: number, pixels: Uint8Array, channels: number): void {
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let square = 0;
    for (let i = channel; i < pixels.length; i += channels) {
      const value = pixels[i]!;
      sum += value;
      square += value * value;
    }
    into.sums[sample * channels + channel] = sum;
    into.squares[sample * channels + channel] = square;
  }
}

/** A channel that never changes has no spread to divide by; this is less than one pixel in a billion can cause. */
const CONSTANT = 1e-7;

/** Mean and deviation of each channel over the given samples, of pixels scaled to [0, 1]. */
export function meanAndDeviation(
  { sums, squares }: PixelSums,
  samples: readonly number[],
  [height, width, channels]: ImageShape,
): { readonly mean: number[]; readonly deviation: number[] } {
  const count = samples.length * height * width;
  const mean: number[] = [];
  const deviation: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let square = 0;
    for (const sample of samples) {
      sum += sums[sample * channels + channel]!;
      square += squares[sample * channels + channel]!;
    }
    const average = sum / count;
    const spread = Math.sqrt(Math.max(0, square / count - average * average)) / 255;
    mean.push(average / 255);
    deviation.push(spread < CONSTANT ? 1 : spread);
  }
  return { mean, deviation };
}
