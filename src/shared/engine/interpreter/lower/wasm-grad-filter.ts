import type { TrainingKernels } from '../training-kernels.ts';
import type { Kind, Lowering } from './lowering.ts';

/** Output pixels that are packed at a time: their panels for a tile then stay in the first-level cache. */
const BLOCK_PIXELS = 256;
/** Channels of a panel, as in assembly/training/filter-gradient.ts. */
const X_PANEL = 4;
const DY_PANEL = 8;

export function filterGradientLowering(kernels: TrainingKernels): Lowering<Kind<'conv2dGradFilter'>> {
  return (backend, { window }, [x, dy], [shape]) => {
    const [kernelHeight, kernelWidth, inputs, outputs] = shape as [number, number, number, number];
    const [batch, height, width] = x!.shape as [number, number, number];
    const [, outHeight, outWidth] = dy!.shape as [number, number, number];
    const block = Math.min(Math.max(Math.round(BLOCK_PIXELS / (outHeight * outWidth)), 1), batch);
    const allInputs = Math.ceil(inputs / X_PANEL) * X_PANEL;
    const allOutputs = Math.ceil(outputs / DY_PANEL) * DY_PANEL;
    const dfilter = backend.allocate(shape!);
    const scratch = [
      backend.allocate([block * height * width * allInputs]),
      backend.allocate([block * outHeight * outWidth * allOutputs]),
      backend.allocate([kernelHeight * kernelWidth * allInputs * allOutputs]),
    ];
    const [to, from, gradient] = [dfilter, x!, dy!].map((tensor) => backend.address(tensor)) as [
      number,
      number,
      number,
    ];
    const [xPanels, dyPanels, tiles] = scratch.map((tensor) => backend.address(tensor)) as [number, number, number];
    kernels.filterGradient(
      ...([to, from, gradient, batch, height, width, inputs, outHeight, outWidth, outputs] as const),
      ...([kernelHeight, kernelWidth, ...window.strides, window.padding.top, window.padding.left] as const),
      ...([block, xPanels, dyPanels, tiles] as const),
    );
    backend.release(...scratch);
    return [dfilter];
  };
}
