import type { Window } from '../../../program/operations.ts';
import type { Backend, Tensor } from '../backend.ts';
import { cropped } from './crop.ts';
import { explicitPadding, type Kind, type Lowering } from './lowering.ts';

/**
 * The filter's gradient as a convolution: channels of x become the batch, samples become the channels, and dy is the
 * filter, dilated by the stride: dfilter[kh, kw, ci, co] = sum over n, oh, ow of
 * x[n, oh * stride + kh - padding, ow * stride + kw - padding, ci] * dy[n, oh, ow, co].
 */
export const conv2dGradFilter: Lowering<Kind<'conv2dGradFilter'>> = (backend, { window }, [x, dy]) => {
  const { padding, crop } = coverage(window, x!.shape, dy!.shape);
  const used = cropped(backend, x!, { top: 0, bottom: crop[0], left: 0, right: crop[1] });
  const images = transposed(backend, used, [3, 1, 2, 0]);
  const filters = transposed(backend, dy!, [1, 2, 0, 3]);
  const attributes = { strides: [1, 1], pad: explicitPadding(padding), dilations: window.strides, dataFormat: 'NHWC' };
  const product = backend.run('Conv2D', { x: images, filter: filters }, attributes);
  const dfilter = transposed(backend, product, [1, 2, 0, 3]);
  backend.release(used, images, filters, product);
  return [dfilter];
};

/**
 * The padding with which the convolution gives exactly the filter's size, and how many of the last rows and columns of
 * the image no window reaches (the stride does not divide the image).
 */
function coverage({ size, strides, padding }: Window, x: readonly number[], dy: readonly number[]) {
  const { top, left } = padding;
  // Pixels that the windows reach beyond the image's end; negative: that they stay short of it.
  const bottom = (dy[1]! - 1) * strides[0] + size[0] - x[1]! - top;
  const right = (dy[2]! - 1) * strides[1] + size[1] - x[2]! - left;
  return {
    padding: { top, bottom: Math.max(bottom, 0), left, right: Math.max(right, 0) },
    crop: [Math.max(-bottom, 0), Math.max(-right, 0)] as const,
  };
}

function transposed(backend: Backend, x: Tensor, perm: readonly number[]): Tensor {
  return backend.run('Transpose', { x }, { perm });
}
