import type { ImageShape } from '../samples/dataset.ts';
import type { Operation } from './operation.ts';

/** Left becomes right, in half of the images. */
export function flip([height, width, channels]: ImageShape): Operation {
  return (from, to, random) => {
    if (random.uniform() < 0.5) {
      to.set(from);
      return;
    }
    const row = width * channels;
    for (let y = 0; y < height; y++) {
      let source = (y + 1) * row - channels;
      let target = y * row;
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) to[target + c] = from[source + c]!;
        target += channels;
        source -= channels;
      }
    }
  };
}
