import type { Window } from '../../program/steps/operations.ts';
import { DATA_TYPE } from '../graph/attribute.ts';
import type { Tensor } from '../graph/graph.ts';
import type { LoweringContext, OperationOf } from './context.ts';

type FilterGradient = OperationOf<'conv2dGradFilter'>;

/**
 * Whether products are faster than oneDNN's own kernel, which in bfloat16 rearranges image and gradient anew for each block
 * of filters, as TensorFlow's threads cannot wait for each other in there: the worse, the smaller the images are, and where
 * they are strided. Few filters do not make up for the copies. Measured for 3x3 filters on images of 4 to 56 pixels.
 */
export function gainsFromProducts(operation: FilterGradient, context: LoweringContext): boolean {
  if (context.onGpu || context.typeOf(operation).T.type !== DATA_TYPE.bfloat16) return false;
  const [height, width, channels, filters] = context.shape(operation.outputs[0]) as [number, number, number, number];
  return height * width > 1 && channels >= 64 && filters >= 128;
}

/**
 * [x, dy] -> [dfilter], one tap of the filter after the other: what the tap saw of the image, one row a pixel of the
 * output, transposed, times the gradient.
 */
export function filterGradientByProducts(operation: FilterGradient, context: LoweringContext): Tensor {
  const { graph } = context;
  const name = context.name(operation);
  const type = context.typeOf(operation);
  const [x, dy] = context.inputs(operation) as [Tensor, Tensor];
  const filter = context.shape(operation.outputs[0]) as [number, number, number, number];
  const [, height, width] = context.shape(operation.inputs[0]) as [number, number, number, number];
  const [n, rows, columns, filters] = context.shape(operation.inputs[1]) as [number, number, number, number];
  const [rowStride, columnStride] = operation.window.strides;
  const channels = filter[2];
  const pixels = n * rows * columns;

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
  const gradient = context.reshape(dy, [pixels, filters], `${name}/pixels`, type);

  const seen = graph.integers([6], [n, rows, 1, columns, 1, channels]);
  const taps = Array.from({ length: filter[0] * filter[1] }, (_, index) => {
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
    const factors = [context.reshape(slice, [pixels, channels], `${tap}/pixels`, type), gradient];
    return graph.node('BatchMatMulV2', tap, factors, { ...type, adj_x: { boolean: true }, adj_y: { boolean: false } });
  });
  const stacked = graph.node('Pack', `${name}/taps`, taps, {
    ...type,
    N: { integer: taps.length },
    axis: { integer: 0 },
  });
  return context.reshape(stacked, filter, name, type);
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
