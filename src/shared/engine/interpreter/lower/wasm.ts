import type { Tensor } from '../backend.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import { COMMON } from './common.ts';
import type { LoweringTable } from './lowering.ts';
import { activationGradientLowering } from './wasm-activation-grad.ts';
import { channelwiseLowerings } from './wasm-channels.ts';
import { allPixels, convolve } from './wasm-convolve.ts';
import { filterGradient } from './wasm-grad-filter.ts';
import { inputGradientLowering } from './wasm-grad-input.ts';
import { matMulLowering } from './wasm-mat-mul.ts';

/** With kernels of our own where tfjs's wasm backend has none for training, or slower ones. */
export function wasmLowerings(kernels: TrainingKernels): LoweringTable {
  return {
    ...COMMON,
    ...channelwiseLowerings(kernels),
    activationGrad: activationGradientLowering(kernels),
    conv2d(backend, { window }, [x, filter], [shape]) {
      const [, width, inputs, outputs] = filter!.shape as [number, number, number, number];
      const y = backend.allocate(shape!);
      const filters = {
        tensor: filter!,
        start: 0,
        size: window.size,
        inputs,
        outputs,
        strides: [width * inputs * outputs, inputs * outputs, outputs, 1],
      } as const;
      const padding = [window.padding.top, window.padding.left] as const;
      convolve(kernels, backend, x!, filters, allPixels(y), { strides: window.strides, padding });
      return [y];
    },
    conv2dGradInput: inputGradientLowering(kernels),
    conv2dGradFilter(backend, { window }, [x, dy], [shape]) {
      const padding = [window.padding.top, window.padding.left] as const;
      return [filterGradient(kernels, backend, x!, dy!, shape!, { strides: window.strides, padding })];
    },
    matMul: matMulLowering(kernels),
    maxPoolGrad(backend, { window }, inputs, [shape]) {
      const dx = backend.allocate(shape!);
      const [x, y, dy] = inputs as [Tensor, Tensor, Tensor];
      const [batch, height, width, channels] = shape as [number, number, number, number];
      const [outHeight, outWidth] = y.shape.slice(1) as [number, number];
      const { size, strides, padding } = window;
      kernels.maxPoolGradient(
        ...backend.addresses(dx, x, y, dy),
        ...([batch, height, width, channels, outHeight, outWidth] as const),
        ...([...size, ...strides, padding.top, padding.left] as const),
      );
      return [dx];
    },
  };
}
