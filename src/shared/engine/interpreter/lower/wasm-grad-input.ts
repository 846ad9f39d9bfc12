import type { Window } from '../../../program/operations.ts';
import type { Shape } from '../../../program/rules/rule.ts';
import type { Backend, Tensor } from '../backend.ts';
import { cropped } from './crop.ts';
import { explicitPadding, type Kind, type Lowering } from './lowering.ts';

/**
 * The input's gradient as convolutions of dy with the flipped filter.
 *
 * Pixel i of an axis gets dy[o] * filter[k] from all o, k with o * stride + k = i + padding. Pixels with the same
 * remainder r = (i + padding) mod stride meet only the taps k = r + stride * t, so each remainder is a convolution of
 * stride 1 of its own with a part of the filter: no zero is ever multiplied. With stride 1 there is one remainder, and
 * its result is the gradient.
 */
export const conv2dGradInput: Lowering<Kind<'conv2dGradInput'>> = (backend, { window }, [filter, dy], [shape]) => {
  const { padding } = window;
  const rows = phases(window.strides[0], window.size[0], padding.top, shape![1]!, dy!.shape[1]!);
  const columns = phases(window.strides[1], window.size[1], padding.left, shape![2]!, dy!.shape[2]!);
  if (window.strides[0] === 1 && window.strides[1] === 1) {
    return [phaseGradient(backend, filter!, dy!, window, rows[0]!, columns[0]!)];
  }
  const dx = backend.allocate(shape!);
  backend.floats(dx).fill(0);
  for (const row of rows) {
    for (const column of columns) {
      if (!row.meetsOutputs || !column.meetsOutputs) continue;
      const gradient = phaseGradient(backend, filter!, dy!, window, row, column);
      interleave(backend.floats(gradient), backend.floats(dx), shape!, window, row, column);
      backend.release(gradient);
    }
  }
  return [dx];
};

/** What pixels of one remainder have in common, along one axis. */
interface Phase {
  /** First tap of the filter that they meet; the others follow at the stride. */
  readonly tap: number;
  readonly taps: number;
  /** First pixel; the others follow at the stride. */
  readonly pixel: number;
  readonly length: number;
  /** Padding of dy; negative: what to crop. */
  readonly before: number;
  readonly after: number;
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
    const after = length + taps - 1 - before - outputs;
    const cropped = Math.max(-before, 0) + Math.max(-after, 0);
    return { tap, taps, pixel, length, before, after, meetsOutputs: taps > 0 && length > 0 && cropped < outputs };
  });
}

function phaseGradient(
  backend: Backend,
  filter: Tensor,
  dy: Tensor,
  window: Window,
  row: Phase,
  column: Phase,
): Tensor {
  const used = cropped(backend, dy, {
    top: Math.max(-row.before, 0),
    bottom: Math.max(-row.after, 0),
    left: Math.max(-column.before, 0),
    right: Math.max(-column.after, 0),
  });
  const pad = explicitPadding({
    top: Math.max(row.before, 0),
    bottom: Math.max(row.after, 0),
    left: Math.max(column.before, 0),
    right: Math.max(column.after, 0),
  });
  const flipped = flippedPart(backend, filter, window, row, column);
  const attributes = { strides: [1, 1], pad, dilations: [1, 1], dataFormat: 'NHWC' };
  const gradient = backend.run('Conv2D', { x: used, filter: flipped }, attributes);
  backend.release(used, flipped);
  return gradient;
}

/** The phase's taps in reverse, with inputs and outputs exchanged: [taps, taps, co, ci]. */
function flippedPart(backend: Backend, filter: Tensor, window: Window, row: Phase, column: Phase): Tensor {
  const [, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const part = backend.allocate([row.taps, column.taps, outputs, inputs]);
  const from = backend.floats(filter);
  const to = backend.floats(part);
  for (let h = row.taps - 1, at = 0; h >= 0; h--) {
    for (let w = column.taps - 1; w >= 0; w--, at += inputs * outputs) {
      const kh = row.tap + h * window.strides[0];
      const kw = column.tap + w * window.strides[1];
      transpose(from, (kh * width + kw) * inputs * outputs, to, at, inputs, outputs);
    }
  }
  return part;
}

/** Of a matrix of `rows` x `columns`. */
function transpose(
  from: Float32Array,
  start: number,
  to: Float32Array,
  at: number,
  rows: number,
  columns: number,
): void {
  // In tiles: a column of a large matrix touches a cache line per element.
  const tile = 16;
  for (let r0 = 0; r0 < rows; r0 += tile) {
    const r1 = Math.min(r0 + tile, rows);
    for (let c0 = 0; c0 < columns; c0 += tile) {
      const c1 = Math.min(c0 + tile, columns);
      for (let r = r0; r < r1; r++) {
        for (let c = c0; c < c1; c++) to[at + c * rows + r] = from[start + r * columns + c]!;
      }
    }
  }
}

/** Puts the phase's pixels to their places in dx. */
function interleave(
  from: Float32Array,
  dx: Float32Array,
  shape: Shape,
  { strides }: Window,
  row: Phase,
  column: Phase,
): void {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  for (let n = 0, at = 0; n < batch; n++) {
    for (let h = 0; h < row.length; h++) {
      const y = row.pixel + h * strides[0];
      for (let w = 0; w < column.length; w++) {
        const to = ((n * height + y) * width + column.pixel + w * strides[1]) * channels;
        for (let c = 0; c < channels; c++, at++) dx[to + c] = from[at]!;
      }
    }
  }
}
