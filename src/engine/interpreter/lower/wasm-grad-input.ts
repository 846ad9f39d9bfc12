import type { Team } from '../threads/team.ts';
import type { Kind, Lowering } from './lowering.ts';
import { convolve } from './wasm-convolve.ts';

/**
 * The input's gradient as convolutions of dy with the flipped filter.
 *
 * Pixel i of an axis gets dy[o] * filter[k] from all o, k with o * stride + k = i + padding. Pixels with the same
 * remainder r = (i + padding) mod stride meet only the taps k = r + stride * t, so each remainder is a convolution of
 * stride 1 of its own with a part of the filter: no zero is ever multiplied. With stride 1 there is one remainder.
 */
export function inputGradientLowering(team: Team): Lowering<Kind<'conv2dGradInput'>> {
  return (backend, { window }, [filter, dy], [shape]) => {
    const { size, strides, padding } = window;
    const [, width, inputs, outputs] = filter!.shape as [number, number, number, number];
    const rows = phases(strides[0], size[0], padding.top, shape![1]!, dy!.shape[1]!);
    const columns = phases(strides[1], size[1], padding.left, shape![2]!, dy!.shape[2]!);
    const dx = backend.allocate(shape!);
    if (![...rows, ...columns].every(({ meetsOutputs }) => meetsOutputs)) backend.floats(dx).fill(0);
    for (const row of rows) {
      for (const column of columns) {
        if (!row.meetsOutputs || !column.meetsOutputs) continue;
        // The phase's taps in reverse, with inputs and outputs exchanged.
        const lastTap = [row.tap + (row.taps - 1) * strides[0], column.tap + (column.taps - 1) * strides[1]] as const;
        const flipped = {
          tensor: filter!,
          start: (lastTap[0] * width + lastTap[1]) * inputs * outputs,
          size: [row.taps, column.taps],
          inputs: outputs,
          outputs: inputs,
          strides: [-strides[0] * width * inputs * outputs, -strides[1] * inputs * outputs, 1, outputs],
        } as const;
        const pixels = {
          tensor: dx,
          first: [row.pixel, column.pixel],
          step: strides,
          size: [row.length, column.length],
        } as const;
        convolve(team, backend, dy!, flipped, pixels, { strides: [1, 1], padding: [row.before, column.before] });
      }
    }
    return [dx];
  };
}

/** What pixels of one remainder have in common, along one axis. */
interface Phase {
  /** First tap of the filter that they meet; the others follow at the stride. */
  readonly tap: number;
  readonly taps: number;
  /** First pixel; the others follow at the stride. */
  readonly pixel: number;
  readonly length: number;
  /** Padding of dy before its first pixel; negative: what to leave out. */
  readonly before: number;
  /** False: no window reaches these pixels, or there are none. */
  readonly meetsOutputs: boolean;
}

function phases(stride: number, size: number, padding: number, image: number, outputs: number): readonly Phase[] {
  return Array.from({ length: stride }, (_, tap) => {
    const taps = Math.max(Math.ceil((size - tap) / stride), 0);
    // Pixel i = q * stride + tap - padding: q runs from `first` on.
    const first = Math.ceil((padding - tap) / stride);
    const pixel = first * stride + tap - padding;
    const length = Math.max(Math.ceil((image - pixel) / stride), 0);
    const before = taps - 1 - first;
    return { tap, taps, pixel, length, before, meetsOutputs: taps > 0 && length > 0 && -before < outputs };
  });
}
