import type { Window } from '../../program/steps/operations.ts';
import { type Attributes, DATA_TYPE } from '../graph/attribute.ts';
import type { Tensor } from '../graph/graph.ts';
import type { LoweringContext, OperationOf } from './context.ts';

type FilterGradient = OperationOf<'conv2dGradFilter'>;

/** In float32, where products gain on small images only: 8x8 pixels. */
const MOST_PIXELS = 64;

/**
 * Whether products are faster than oneDNN's own kernel. In bfloat16 that rearranges image and gradient anew for each block
 * of filters, as TensorFlow's threads cannot wait for each other in there: the worse, the smaller the images are, and where
 * they are strided. Few filters do not make up for the copies. Measured for 3x3 filters on images of 4 to 56 pixels. In float32 it is
 * one processor's lack (`GraphOptions`); measured for 3x3 filters on images of 4 to 32 pixels.
 */
export function gainsFromProducts(operation: FilterGradient, context: LoweringContext): boolean {
  if (context.onGpu) return false;
  const [height, width, channels, filters] = context.shape(operation.outputs[0]) as [number, number, number, number];
  if (height * width === 1 || filters < 128) return false;
  if (isBfloat16(operation, context)) return channels >= 64;
  const [, rows, columns] = context.shape(operation.inputs[1]) as [number, number, number];
  return context.slowFilterGradients && channels >= 128 && rows * columns <= MOST_PIXELS;
}

function isBfloat16(operation: FilterGradient, context: LoweringContext): boolean {
  return context.typeOf(operation).T.type === DATA_TYPE.bfloat16;
}

/**
 * [x, dy] -> [dfilter]: what each tap of the filter saw of the image, one row a pixel of the output, transposed, times the gradient.
 */
export function filterGradientByProducts(operation: FilterGradient, context: LoweringContext): Tensor {
  const name = context.name(operation);
  const type = context.typeOf(operation);
  const shape = context.shape(operation.outputs[0]);
  const [n, rows, columns, filters] = context.shape(operation.inputs[1]) as [number, number, number, number];
  const dy = context.inputs(operation)[1]!;
  const gradient = context.reshape(dy, [n * rows * columns, filters], `${name}/pixels`, type);
  const seen = seenByTaps(operation, context);
  const multiplied = isBfloat16(operation, context) ? eachTimes : togetherTimes;
  return context.reshape(multiplied(seen, gradient, { context, name, type }), shape, name, type);
}

interface Products {
  readonly context: LoweringContext;
  readonly name: string;
  readonly type: Attributes;
}

/** One tap after the other. */
function eachTimes(seen: readonly Tensor[], gradient: Tensor, { context: { graph }, name, type }: Products): Tensor {
  const taps = seen.map((pixels, tap) =>
    graph.node('BatchMatMulV2', `${name}/tap${tap}`, [pixels, gradient], {
      ...type,
      adj_x: { boolean: true },
      adj_y: { boolean: false },
    }),
  );
  return graph.node('Pack', `${name}/taps`, taps, { ...type, N: { integer: taps.length }, axis: { integer: 0 } });
}

/** One product of all taps, beside each other: in float32 two thirds of the time of nine, where there are few pixels. */
function togetherTimes(
  seen: readonly Tensor[],
  gradient: Tensor,
  { context: { graph }, name, type }: Products,
): Tensor {
  const beside = graph.node('ConcatV2', `${name}/columns`, [...seen, graph.integers([], [1])], {
    ...type,
    N: { integer: seen.length },
    Tidx: { type: DATA_TYPE.int32 },
  });
  return graph.node('MatMul', `${name}/product`, [beside, gradient], {
    ...type,
    transpose_a: { boolean: true },
    transpose_b: { boolean: false },
  });
}

/** Of each tap of the filter, in their order, the pixels of x that it saw: [pixels of the output, channels]. */
function seenByTaps(operation: FilterGradient, context: LoweringContext): Tensor[] {
  const { graph } = context;
  const name = context.name(operation);
  const type = context.typeOf(operation);
  const x = context.inputs(operation)[0]!;
  const filter = context.shape(operation.outputs[0]) as [number, number, number, number];
  const [, height, width] = context.shape(operation.inputs[0]) as [number, number, number, number];
  const [n, rows, columns] = context.shape(operation.inputs[1]) as [number, number, number, number];
  const [rowStride, columnStride] = operation.window.strides;
  const channels = filter[2];

  // With axes for the pixels of one stride, a tap's pixels are a block, which is copied row by row.
  const padding = toWholeStrides(operation.window, [height, width], [rows, columns]);
  const pads = graph.integers([4, 2], [0, 0, ...padding.rows, ...padding.columns, 0, 0]);
  const padded = graph.node('Pad', `${name}/padded`, [x, pads], { ...type, Tpaddings: { type: DATA_TYPE.int32 } });
  const blocks = [
    (height + padding.rows[0] + padding.rows[1]) / rowStride,
    rowStride,
    (width + padding.columns[0] + padding.columns[1]) / columnStride,
    columnStride,
  ];
  const image = context.reshape(padded, [n, ...blocks, channels], `${name}/blocks`, type);

  const seen = graph.integers([6], [n, rows, 1, columns, 1, channels]);
  return Array.from({ length: filter[0] * filter[1] }, (_, index) => {
    const [row, column] = [Math.floor(index / filter[1]), index % filter[1]];
    const block = [
      Math.floor(row / rowStride),
      row % rowStride,
      Math.floor(column / columnStride),
      column % columnStride,
    ];
    const begin = graph.integers([6], [0, ...block, 0]);
    const tap = `${name}/tap${index}`;
    const slice = graph.node('Slice', `${tap}/image`, [image, begin, seen], {
      ...type,
      Index: { type: DATA_TYPE.int32 },
    });
    return context.reshape(slice, [n * rows * columns, channels], `${tap}/pixels`, type);
  });
}

type Pads = readonly [before: number, after: number];

/** The window's padding before, and after it what makes a whole number of strides that all taps find their pixels in. */
function toWholeStrides(
  { size, strides, padding }: Window,
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): { readonly rows: Pads; readonly columns: Pads } {
  const along = (axis: 0 | 1, before: number, input: number, output: number): Pads => {
    const reached = size[axis] + strides[axis] * (output - 1);
    const whole = Math.ceil(Math.max(reached, before + input) / strides[axis]) * strides[axis];
    return [before, whole - before - input];
  };
  return { rows: along(0, padding.top, height, rows), columns: along(1, padding.left, width, columns) };
}
