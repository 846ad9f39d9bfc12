import type { ImageShape } from '../samples/dataset.ts';
import type { Operation } from './operation.ts';

/** The image on a black frame `padding` pixels wide, and cut back to its size at a random place: a shift. */
export function paddedCrop([height, width, channels]: ImageShape, padding: number): Operation {
  const row = width * channels;
  return (from, to, random) => {
    const down = random.below(2 * padding + 1) - padding;
    const right = random.below(2 * padding + 1) - padding;
    to.fill(0);
    const columns = width - Math.abs(right);
    if (columns <= 0) return;
    const source = Math.max(0, -right) * channels;
    const target = Math.max(0, right) * channels;
    for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
      const start = (y - down) * row + source;
      to.set(from.subarray(start, start + columns * channels), y * row + target);
    }
  };
}
