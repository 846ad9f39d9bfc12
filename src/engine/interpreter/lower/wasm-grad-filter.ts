import type { Shape } from '../../program/rules/rule.ts';
import type { Backend, Tensor } from '../backend/backend.ts';
import { shareOf } from '../threads/share.ts';
import type { Team } from '../threads/team.ts';
import type { ConvolveOptions } from './wasm-convolve.ts';

/** Output pixels that are packed at a time: their panels for a tile then stay in the first-level cache. */
const BLOCK_PIXELS = 256;
/** Channels of a panel, as in assembly/training/filter-gradient.ts. */
const X_PANEL = 4;
const DY_PANEL = 8;

/** The gradient of a filter of this shape. Each part computes some of its output channels. */
export function filterGradient(
  team: Team,
  backend: Backend,
  x: Tensor,
  dy: Tensor,
  shape: Shape,
  { strides, padding }: ConvolveOptions,
): Tensor {
  const [kernelHeight, kernelWidth, inputs, outputs] = shape as [number, number, number, number];
  const [batch, height, width] = x.shape as [number, number, number];
  const [, outHeight, outWidth] = dy.shape as [number, number, number];
  const block = Math.min(Math.max(Math.round(BLOCK_PIXELS / (outHeight * outWidth)), 1), batch);
  const allInputs = Math.ceil(inputs / X_PANEL) * X_PANEL;
  const channels = Math.ceil(outputs / DY_PANEL / team.parts) * DY_PANEL;
  const dfilter = backend.allocate(shape);
  const sizes = [
    block * height * width * allInputs,
    block * outHeight * outWidth * channels,
    kernelHeight * kernelWidth * allInputs * channels,
  ] as const;
  const scratch = sizes.map((size) => backend.allocate([team.parts, size])) as [Tensor, Tensor, Tensor];
  const [to, from, gradient] = backend.addresses(dfilter, x, dy);
  const [xPanels, dyPanels, tiles] = backend.addresses(...scratch);
  team.run('filterGradient', (part) => {
    const { first, count } = shareOf(outputs, DY_PANEL, part, team.parts);
    if (count === 0) return null;
    return {
      dfilter: to + 4 * first,
      x: from,
      dy: gradient + 4 * first,
      batch,
      imageHeight: height,
      imageWidth: width,
      inputs,
      gradientHeight: outHeight,
      gradientWidth: outWidth,
      outputStride: outputs,
      outputs: count,
      kernelHeight,
      kernelWidth,
      verticalStride: strides[0],
      horizontalStride: strides[1],
      paddingTop: padding[0],
      paddingLeft: padding[1],
      block,
      xPanels: xPanels + 4 * part * sizes[0],
      dyPanels: dyPanels + 4 * part * sizes[1],
      tiles: tiles + 4 * part * sizes[2],
    };
  });
  backend.release(...scratch);
  return dfilter;
}
