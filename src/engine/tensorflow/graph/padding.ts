import type { Padding, Window } from '../../program/steps/operations.ts';

/** How TensorFlow is told of a window's padding. */
export type PaddingMode = 'VALID' | 'SAME' | 'EXPLICIT';

/**
 * VALID and SAME where they mean exactly what the window says, since every kernel knows these; else EXPLICIT.
 * `input` is the size of the input in pixels.
 */
export function paddingMode(window: Window, input: readonly [height: number, width: number]): PaddingMode {
  const { padding } = window;
  if (padding.top === 0 && padding.bottom === 0 && padding.left === 0 && padding.right === 0) return 'VALID';
  const vertical = samePadding(input[0], window.size[0], window.strides[0]);
  const horizontal = samePadding(input[1], window.size[1], window.strides[1]);
  const same =
    padding.top === vertical.before &&
    padding.bottom === vertical.after &&
    padding.left === horizontal.before &&
    padding.right === horizontal.after;
  return same ? 'SAME' : 'EXPLICIT';
}

/** What TensorFlow's SAME pads along one axis: output = ceil(input / stride), the odd pixel goes after. */
function samePadding(input: number, size: number, stride: number): { before: number; after: number } {
  const total = Math.max((Math.ceil(input / stride) - 1) * stride + size - input, 0);
  return { before: Math.floor(total / 2), after: Math.ceil(total / 2) };
}

/** The pads of an NHWC tensor, [before, after] for each axis, as one list. */
export function padsOf({ top, bottom, left, right }: Padding): number[] {
  return [0, 0, top, bottom, left, right, 0, 0];
}

/** The padding without rows and columns at the end that no window reaches. */
export function trimPadding(window: Window, input: readonly [height: number, width: number]): Padding {
  const { top, bottom, left, right } = window.padding;
  const needed = (size: number, axis: 0 | 1, before: number, after: number): number => {
    const spare = (size + before + after - window.size[axis]) % window.strides[axis];
    return Math.max(after - spare, 0);
  };
  return { top, bottom: needed(input[0], 0, top, bottom), left, right: needed(input[1], 1, left, right) };
}
