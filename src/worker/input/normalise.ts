import type { DatasetDescription } from '../../shared/protocol/shared.ts';

/** Writes uint8 pixels as float32, with mean 0 and deviation 1 over the training samples. */
export type Normalise = (pixels: Uint8Array, out: Float32Array, offset: number) => void;

export function normaliser({ mean, deviation, imageShape }: DatasetDescription): Normalise {
  const channels = imageShape[2];
  // A byte has 256 values: every quotient is computed, and rounded to float32, once.
  const table = new Float32Array(channels * 256);
  for (let channel = 0; channel < channels; channel++) {
    for (let value = 0; value < 256; value++) {
      table[channel * 256 + value] = (value / 255 - mean[channel]!) / deviation[channel]!;
    }
  }
  if (channels === 1) {
    return (pixels, out, offset) => {
      for (let i = 0; i < pixels.length; i++) out[offset + i] = table[pixels[i]!]!;
    };
  }
  return (pixels, out, offset) => {
    for (let i = 0; i < pixels.length; i += 3) {
      out[offset + i] = table[pixels[i]!]!;
      out[offset + i + 1] = table[256 + pixels[i + 1]!]!;
      out[offset + i + 2] = table[512 + pixels[i + 2]!]!;
    }
  };
}
