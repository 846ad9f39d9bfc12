import { readFile } from 'node:fs/promises';
import type { BareCalls, Named } from '../../../collective/kernels/calls.ts';

/** What kernels take that work channel by channel. `stride`: channels from one pixel to the next. */
type Channels = 'pixels' | 'stride' | 'channels' | 'scratch';

/**
 * What training.wasm exports (assembly/training), by name. Tensors and scratch are byte addresses, `ySample`, `yRow` and
 * `yPixel` are bytes, all else are numbers of elements.
 */
export interface TrainingValues {
  readonly packFilters: Named<
    | ('panels' | 'filter' | 'rows' | 'columns' | 'inputs' | 'outputs')
    | ('rowStride' | 'columnStride' | 'inputStride' | 'outputStride')
  >;
  readonly convolve: Named<
    | ('y' | 'ySample' | 'yRow' | 'yPixel' | 'x' | 'batch' | 'height' | 'width' | 'inputs')
    | ('outHeight' | 'outWidth' | 'outputs' | 'kernelHeight' | 'kernelWidth' | 'strideY' | 'strideX')
    | ('paddingTop' | 'paddingLeft' | 'panels' | 'block' | 'padded' | 'places')
  >;
  /** `outputStride`: output channels of the whole filter, of which the call works on `outputs`. */
  readonly filterGradient: Named<
    | ('dfilter' | 'x' | 'dy' | 'batch' | 'imageHeight' | 'imageWidth' | 'inputs')
    | ('gradientHeight' | 'gradientWidth' | 'outputStride' | 'outputs' | 'kernelHeight' | 'kernelWidth')
    | ('verticalStride' | 'horizontalStride' | 'paddingTop' | 'paddingLeft')
    | ('block' | 'xPanels' | 'dyPanels' | 'tiles')
  >;
  readonly maxPoolGradient: Named<
    | ('dx' | 'x' | 'y' | 'dy' | 'batch' | 'height' | 'width' | 'channels' | 'outHeight' | 'outWidth')
    | ('sizeY' | 'sizeX' | 'strideY' | 'strideX' | 'paddingTop' | 'paddingLeft')
  >;
  readonly activationGradient: Named<'dx' | 'dy' | 'y' | 'kind' | 'slope' | 'count'>;
  readonly channelSums: Named<'out' | 'x' | Channels>;
  readonly batchNorm: Named<'y' | 'mean' | 'variance' | 'inverse' | 'x' | 'scale' | 'offset' | 'epsilon' | Channels>;
  readonly batchNormGradient: Named<'dx' | 'dscale' | 'doffset' | 'dy' | 'x' | 'scale' | 'mean' | 'inverse' | Channels>;
  readonly batchNormInference: Named<'y' | 'x' | 'scale' | 'offset' | 'mean' | 'variance' | 'epsilon' | Channels>;
  readonly batchNormInferenceGradient: Named<'dx' | 'dy' | 'scale' | 'variance' | 'epsilon' | Channels>;
}

export type TrainingKernel = keyof TrainingValues;

export type TrainingCalls<Result> = {
  readonly [Kernel in TrainingKernel]: (values: TrainingValues[Kernel]) => Result;
};

/** The only place that knows the order in which assembly/training declares parameters; a test compares. */
export function trainingCalls<Result>(bare: BareCalls<TrainingKernel, Result>): TrainingCalls<Result> {
  return {
    packFilters: (v) =>
      bare.packFilters(
        v.panels,
        v.filter,
        v.rows,
        v.columns,
        v.inputs,
        v.outputs,
        v.rowStride,
        v.columnStride,
        v.inputStride,
        v.outputStride,
      ),
    convolve: (v) =>
      bare.convolve(
        v.y,
        v.ySample,
        v.yRow,
        v.yPixel,
        v.x,
        v.batch,
        v.height,
        v.width,
        v.inputs,
        v.outHeight,
        v.outWidth,
        v.outputs,
        v.kernelHeight,
        v.kernelWidth,
        v.strideY,
        v.strideX,
        v.paddingTop,
        v.paddingLeft,
        v.panels,
        v.block,
        v.padded,
        v.places,
      ),
    filterGradient: (v) =>
      bare.filterGradient(
        v.dfilter,
        v.x,
        v.dy,
        v.batch,
        v.imageHeight,
        v.imageWidth,
        v.inputs,
        v.gradientHeight,
        v.gradientWidth,
        v.outputStride,
        v.outputs,
        v.kernelHeight,
        v.kernelWidth,
        v.verticalStride,
        v.horizontalStride,
        v.paddingTop,
        v.paddingLeft,
        v.block,
        v.xPanels,
        v.dyPanels,
        v.tiles,
      ),
    maxPoolGradient: (v) =>
      bare.maxPoolGradient(
        v.dx,
        v.x,
        v.y,
        v.dy,
        v.batch,
        v.height,
        v.width,
        v.channels,
        v.outHeight,
        v.outWidth,
        v.sizeY,
        v.sizeX,
        v.strideY,
        v.strideX,
        v.paddingTop,
        v.paddingLeft,
      ),
    activationGradient: (v) => bare.activationGradient(v.dx, v.dy, v.y, v.kind, v.slope, v.count),
    channelSums: (v) => bare.channelSums(v.out, v.x, v.pixels, v.stride, v.channels, v.scratch),
    batchNorm: (v) =>
      bare.batchNorm(
        v.y,
        v.mean,
        v.variance,
        v.inverse,
        v.x,
        v.scale,
        v.offset,
        v.epsilon,
        v.pixels,
        v.stride,
        v.channels,
        v.scratch,
      ),
    batchNormGradient: (v) =>
      bare.batchNormGradient(
        v.dx,
        v.dscale,
        v.doffset,
        v.dy,
        v.x,
        v.scale,
        v.mean,
        v.inverse,
        v.pixels,
        v.stride,
        v.channels,
        v.scratch,
      ),
    batchNormInference: (v) =>
      bare.batchNormInference(
        v.y,
        v.x,
        v.scale,
        v.offset,
        v.mean,
        v.variance,
        v.epsilon,
        v.pixels,
        v.stride,
        v.channels,
        v.scratch,
      ),
    batchNormInferenceGradient: (v) =>
      bare.batchNormInferenceGradient(
        v.dx,
        v.dy,
        v.scale,
        v.variance,
        v.epsilon,
        v.pixels,
        v.stride,
        v.channels,
        v.scratch,
      ),
  };
}

const inOrder = (...numbers: readonly number[]): readonly number[] => numbers;

/** Of each kernel, the numbers in its order: for a thread that passes them on to the bare kernel. */
export const positional = trainingCalls({
  packFilters: inOrder,
  convolve: inOrder,
  filterGradient: inOrder,
  maxPoolGradient: inOrder,
  activationGradient: inOrder,
  channelSums: inOrder,
  batchNorm: inOrder,
  batchNormGradient: inOrder,
  batchNormInference: inOrder,
  batchNormInferenceGradient: inOrder,
});

/** Every kernel's name; threads know kernels by their places here. */
export const TRAINING_KERNELS = Object.keys(positional) as readonly TrainingKernel[];

/**
 * Our kernels on the memory of tfjs's wasm backend, beside its own. They keep nothing there between calls. Each thread that
 * shares the memory loads its own.
 */
export async function loadTrainingKernels(memory: WebAssembly.Memory): Promise<BareCalls<TrainingKernel, void>> {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const bytes = await readFile(new URL(shared ? '../training-shared.wasm' : '../training.wasm', import.meta.url));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  // The module is ours, built from assembly/ with these functions.
  return instance.exports as unknown as BareCalls<TrainingKernel, void>;
}
