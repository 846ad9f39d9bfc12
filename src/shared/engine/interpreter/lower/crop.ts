import type { Padding } from '../../../program/operations.ts';
import type { Backend, Tensor } from '../backend.ts';

/** The image without so many rows and columns at its sides. The caller releases the result, also where it is all. */
export function cropped(backend: Backend, image: Tensor, { top, bottom, left, right }: Padding): Tensor {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return backend.alias(image, image.shape);
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const size = [batch, height - top - bottom, width - left - right, channels];
  return backend.run('Slice', { x: image }, { begin: [0, top, left, 0], size });
}
