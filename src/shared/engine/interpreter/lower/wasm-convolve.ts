import type { Backend, Tensor } from '../backend.ts';
import type { TrainingKernels } from '../training-kernels.ts';

/** Output pixels that are worked on at a time: a panel of filters is then read from memory once for all of them. */
const BLOCK_PIXELS = 256;
/** Output channels of a panel, and output pixels of a tile, as in assembly/training/convolution.ts. */
const PANEL = 8;
const TILE_PIXELS = 4;

type Pair = readonly [vertical: number, horizontal: number];

/** Filters as a part of a tensor: element (row, column, input, output) lies at start + the sum of index * stride. */
export interface FilterView {
  readonly tensor: Tensor;
  readonly start: number;
  readonly size: Pair;
  readonly inputs: number;
  readonly outputs: number;
  readonly strides: readonly [row: number, column: number, input: number, output: number];
}

/** Output pixels as a part of a tensor: pixel (h, w) of each sample lies at first + (h, w) * step. */
export interface PixelView {
  readonly tensor: Tensor;
  readonly first: Pair;
  readonly step: Pair;
  readonly size: Pair;
}

/** Padding at the top and left, negative to leave pixels out; what is missing at the other end is zero. */
export interface ConvolveOptions {
  readonly strides: Pair;
  readonly padding: Pair;
}

/** Writes the convolution of `x` with `filters` to the pixels that `y` shows. */
export function convolve(
  kernels: TrainingKernels,
  backend: Backend,
  x: Tensor,
  filters: FilterView,
  y: PixelView,
  { strides, padding }: ConvolveOptions,
): void {
  const [batch, height, width, inputs] = x.shape as [number, number, number, number];
  const [, yHeight, yWidth, outputs] = y.tensor.shape as [number, number, number, number];
  const [outHeight, outWidth] = y.size;
  const [rows, columns] = filters.size;
  const block = Math.min(Math.max(Math.round(BLOCK_PIXELS / (outHeight * outWidth)), 1), batch);
  const paddedPixels = ((outHeight - 1) * strides[0] + rows) * ((outWidth - 1) * strides[1] + columns);
  const panelFloats = rows * columns * inputs * Math.ceil(outputs / PANEL) * PANEL;
  const scratch = [
    backend.allocate([panelFloats]),
    backend.allocate([block * paddedPixels * inputs]),
    backend.allocate([2 * (block * outHeight * outWidth + TILE_PIXELS)], 'int32'),
  ];
  const [panels, padded, places] = scratch.map((tensor) => backend.address(tensor)) as [number, number, number];
  const filter = backend.address(filters.tensor) + 4 * filters.start;
  kernels.packFilters(panels, filter, rows, columns, inputs, outputs, ...filters.strides);
  const pixelBytes = 4 * outputs;
  const firstByte = (y.first[0] * yWidth + y.first[1]) * pixelBytes;
  kernels.convolve(
    backend.address(y.tensor) + firstByte,
    ...([yHeight * yWidth * pixelBytes, y.step[0] * yWidth * pixelBytes, y.step[1] * pixelBytes] as const),
    ...([backend.address(x), batch, height, width, inputs, outHeight, outWidth, outputs] as const),
    ...([rows, columns, ...strides, ...padding, panels, block, padded, places] as const),
  );
  backend.release(...scratch);
}

/** All pixels of a tensor [n, h, w, c]. */
export function allPixels(tensor: Tensor): PixelView {
  return { tensor, first: [0, 0], step: [1, 1], size: [tensor.shape[1]!, tensor.shape[2]!] };
}
