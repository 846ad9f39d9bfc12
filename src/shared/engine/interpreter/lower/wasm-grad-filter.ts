import type { Shape } from '../../../program/rules/rule.ts';
import type { Backend, Tensor } from '../backend.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import type { ConvolveOptions } from './wasm-convolve.ts';

/** Output pixels that are packed at a time: their panels for a tile then stay in the first-level cache. */
const BLOCK_PIXELS = 256;
/** Channels of a panel, as in assembly/training/filter-gradient.ts. */
const X_PANEL = 4;
const DY_PANEL = 8;

/** The gradient of a filter of this shape. */
export function filterGradient(
  kernels: TrainingKernels,
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
  const allOutputs = Math.ceil(outputs / DY_PANEL) * DY_PANEL;
  const dfilter = backend.allocate(shape);
  const scratch = [
    backend.allocate([block * height * width * allInputs]),
    backend.allocate([block * outHeight * outWidth * allOutputs]),
    backend.allocate([kernelHeight * kernelWidth * allInputs * allOutputs]),
  ];
  const [xPanels, dyPanels, tiles] = scratch.map((tensor) => backend.address(tensor)) as [number, number, number];
  kernels.filterGradient(
    ...([backend.address(dfilter), backend.address(x), backend.address(dy), batch, height, width, inputs] as const),
    ...([outHeight, outWidth, outputs, kernelHeight, kernelWidth, ...strides, ...padding] as const),
    ...([block, xPanels, dyPanels, tiles] as const),
  );
  backend.release(...scratch);
  return dfilter;
}
