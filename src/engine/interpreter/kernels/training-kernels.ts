import { readFile } from 'node:fs/promises';

/** What training.wasm exports (assembly/training). Tensors are byte addresses, all else are numbers of elements. */
export interface TrainingKernels {
  packFilters(
    panels: number,
    filter: number,
    rows: number,
    columns: number,
    inputs: number,
    outputs: number,
    rowStride: number,
    columnStride: number,
    inputStride: number,
    outputStride: number,
  ): void;
  /** `ySample`, `yRow` and `yPixel` are in bytes. */
  convolve(
    y: number,
    ySample: number,
    yRow: number,
    yPixel: number,
    x: number,
    batch: number,
    height: number,
    width: number,
    inputs: number,
    outHeight: number,
    outWidth: number,
    outputs: number,
    kernelHeight: number,
    kernelWidth: number,
    strideY: number,
    strideX: number,
    paddingTop: number,
    paddingLeft: number,
    panels: number,
    block: number,
    padded: number,
    places: number,
  ): void;
  /** `outputStride`: output channels of the whole filter, of which the call works on `outputs`. */
  filterGradient(
    dfilter: number,
    x: number,
    dy: number,
    batch: number,
    height: number,
    width: number,
    inputs: number,
    outHeight: number,
    outWidth: number,
    outputStride: number,
    outputs: number,
    kernelHeight: number,
    kernelWidth: number,
    verticalStride: number,
    horizontalStride: number,
    paddingTop: number,
    paddingLeft: number,
    block: number,
    xPanels: number,
    dyPanels: number,
    tiles: number,
  ): void;
  maxPoolGradient(
    dx: number,
    x: number,
    y: number,
    dy: number,
    batch: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    sizeY: number,
    sizeX: number,
    strideY: number,
    strideX: number,
    paddingTop: number,
    paddingLeft: number,
  ): void;
  activationGradient(dx: number, dy: number, y: number, kind: number, slope: number, count: number): void;
  /** `stride`: channels from one pixel to the next; this and all below work on `channels` of them. */
  channelSums(out: number, x: number, pixels: number, stride: number, channels: number, scratch: number): void;
  batchNorm(
    y: number,
    mean: number,
    variance: number,
    inverse: number,
    x: number,
    scale: number,
    offset: number,
    epsilon: number,
    pixels: number,
    stride: number,
    channels: number,
    scratch: number,
  ): void;
  batchNormGradient(
    dx: number,
    dscale: number,
    doffset: number,
    dy: number,
    x: number,
    scale: number,
    mean: number,
    inverse: number,
    pixels: number,
    stride: number,
    channels: number,
    scratch: number,
  ): void;
  batchNormInference(
    y: number,
    x: number,
    scale: number,
    offset: number,
    mean: number,
    variance: number,
    epsilon: number,
    pixels: number,
    stride: number,
    channels: number,
    scratch: number,
  ): void;
  batchNormInferenceGradient(
    dx: number,
    dy: number,
    scale: number,
    variance: number,
    epsilon: number,
    pixels: number,
    stride: number,
    channels: number,
    scratch: number,
  ): void;
}

/**
 * Our kernels on the memory of tfjs's wasm backend, beside its own. They keep nothing there between calls. Each thread that
 * shares the memory loads its own.
 */
export async function loadTrainingKernels(memory: WebAssembly.Memory): Promise<TrainingKernels> {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const bytes = await readFile(new URL(shared ? '../training-shared.wasm' : '../training.wasm', import.meta.url));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return instance.exports as unknown as TrainingKernels;
}
