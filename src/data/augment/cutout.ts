import type { ImageShape } from '../samples/dataset.ts';
import type { Operation } from './operation.ts';

/**
 * Hides a square around a random pixel, as far as it lies in the image (DeVries and Taylor, "Improved Regularization of
 * Convolutional Neural Networks with Cutout", 2017). `fill` has a value for each channel: with the mean of the training
 * images, what is hidden is next to zero to the network.
 */
export function cutout([height, width, channels]: ImageShape, side: number, fill: readonly number[]): Operation {
  return (from, to, random) => {
    const top = random.below(height) - Math.floor(side / 2);
    const left = random.below(width) - Math.floor(side / 2);
    to.set(from);
    for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) {
        for (let c = 0; c < channels; c++) to[(y * width + x) * channels + c] = fill[c]!;
      }
    }
  };
}
