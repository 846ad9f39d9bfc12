import type { Backend, Tensor } from '../backend/backend.ts';
import { shareOf } from '../threads/share.ts';
import type { Team } from '../threads/team.ts';

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

/** Writes the convolution of `x` with `filters` to the pixels that `y` shows. Each part computes some of the samples. */
export function convolve(
  team: Team,
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
  const samples = Math.ceil(batch / team.parts);
  const block = Math.min(Math.max(Math.round(BLOCK_PIXELS / (outHeight * outWidth)), 1), samples);
  const paddedPixels = ((outHeight - 1) * strides[0] + rows) * ((outWidth - 1) * strides[1] + columns);
  const filterFloats = rows * columns * inputs;
  const sizes = [block * paddedPixels * inputs, 2 * (block * outHeight * outWidth + TILE_PIXELS)] as const;
  const scratch = [
    backend.allocate([filterFloats * Math.ceil(outputs / PANEL) * PANEL]),
    backend.allocate([team.parts, sizes[0]]),
    backend.allocate([team.parts, sizes[1]], 'int32'),
  ] as const;
  const [panels, padded, places] = backend.addresses(...scratch);
  const filter = backend.address(filters.tensor) + 4 * filters.start;
  team.run('packFilters', (part) => {
    const { first, count } = shareOf(outputs, PANEL, part, team.parts);
    if (count === 0) return null;
    const [rowStride, columnStride, inputStride, outputStride] = filters.strides;
    return {
      panels: panels + 4 * first * filterFloats,
      filter: filter + 4 * first * outputStride,
      rows,
      columns,
      inputs,
      outputs: count,
      rowStride,
      columnStride,
      inputStride,
      outputStride,
    };
  });
  const [to, from] = backend.addresses(y.tensor, x);
  const pixel = 4 * outputs;
  const ySample = yHeight * yWidth * pixel;
  const firstPixel = to + (y.first[0] * yWidth + y.first[1]) * pixel;
  team.run('convolve', (part) => {
    const { first, count } = shareOf(batch, 1, part, team.parts);
    if (count === 0) return null;
    return {
      y: firstPixel + first * ySample,
      ySample,
      yRow: y.step[0] * yWidth * pixel,
      yPixel: y.step[1] * pixel,
      x: from + 4 * first * height * width * inputs,
      batch: count,
      height,
      width,
      inputs,
      outHeight,
      outWidth,
      outputs,
      kernelHeight: rows,
      kernelWidth: columns,
      strideY: strides[0],
      strideX: strides[1],
      paddingTop: padding[0],
      paddingLeft: padding[1],
      panels,
      block,
      padded: padded + 4 * part * sizes[0],
      places: places + 4 * part * sizes[1],
    };
  });
  backend.release(...scratch);
}

/** All pixels of a tensor [n, h, w, c]. */
export function allPixels(tensor: Tensor): PixelView {
  return { tensor, first: [0, 0], step: [1, 1], size: [tensor.shape[1]!, tensor.shape[2]!] };
}
