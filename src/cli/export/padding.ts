import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** A window that slides along one side of an image, padded alike at both ends. */
export interface SymmetricWindow {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** What TensorFlow's `same` adds: as much as its output of ceil(input / stride) needs, the smaller half before. */
export function samePadding(input: number, { size, stride }: SymmetricWindow): { before: number; after: number } {
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + size - input);
  const before = Math.floor(total / 2);
  return { before, after: total - before };
}

/** Whether `same` is the symmetric padding, on both sides of the image. */
export function samePaddingFits(sides: readonly [number, number], window: SymmetricWindow): boolean {
  return sides.every((side) => {
    const { before, after } = samePadding(side, window);
    return before === window.padding && after === window.padding;
  });
}

/** How a padded pool is said in layers that know only `same`: rows added at the end before, rows cut off after. */
export interface PoolLayers {
  readonly extend: number;
  readonly crop: number;
}

/**
 * A pool must not see zeros as pixels (a maximum over negative values would become zero), so it cannot be padded by a
 * layer of its own. `same` pads it properly, but not alike at both ends; on an image some rows larger it does, and the
 * windows that see these rows are cut off again.
 */
export function poolLayers(
  { input, output }: { readonly input: number; readonly output: number },
  window: SymmetricWindow,
): PoolLayers {
  const { size, stride, padding } = window;
  if (padding === 0) return { extend: 0, crop: 0 };
  // One past the last pixel that a wanted window looks at, in pixels of the image.
  const reach = (output - 1) * stride - padding + size;
  for (let extend = 0; extend <= stride; extend++) {
    const { before } = samePadding(input + extend, window);
    const all = Math.ceil((input + extend) / stride);
    const seesNoZeros = extend === 0 || reach <= input;
    if (before === padding && all >= output && seesNoZeros) return { extend, crop: all - output };
  }
  throw new GradsocketError(
    'EXPORT_POOL',
    EXIT.usage,
    `A pool of ${size} with stride ${stride} and padding ${padding} over ${input} pixels has no counterpart among the ` +
      'layers of tfjs. Train with another --image-size to export.',
  );
}
