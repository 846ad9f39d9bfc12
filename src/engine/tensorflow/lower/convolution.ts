import { type Attributes, DATA_TYPE } from '../graph/attribute.ts';
import type { Tensor } from '../graph/graph.ts';
import { type PaddingMode, paddingMode, padsOf, trimPadding } from '../graph/padding.ts';
import type { LoweringContext, OperationOf } from './context.ts';
import { filterGradientByProducts, gainsFromProducts } from './filter-gradient.ts';

type Convolution = OperationOf<'conv2d' | 'conv2dGradInput' | 'conv2dGradFilter'>;

function attributes(operation: Convolution, context: LoweringContext, mode: PaddingMode): Attributes {
  return {
    ...context.imageType(operation),
    strides: { integers: [1, ...operation.window.strides, 1] },
    padding: { text: mode === 'SAME' ? 'SAME' : 'VALID' },
  };
}

export function conv2d(operation: OperationOf<'conv2d'>, context: LoweringContext): Tensor[] {
  const [x, filter] = context.inputs(operation) as [Tensor, Tensor];
  const name = context.name(operation);
  const { input, mode } = place(operation, x, context);
  return [context.graph.node('Conv2D', name, [input, filter], attributes(operation, context, mode))];
}

export function conv2dGradFilter(operation: OperationOf<'conv2dGradFilter'>, context: LoweringContext): Tensor[] {
  if (gainsFromProducts(operation, context)) return [filterGradientByProducts(operation, context)];
  const [x, dy] = context.inputs(operation) as [Tensor, Tensor];
  const sizes = context.graph.integers([4], context.shape(operation.outputs[0]));
  const name = context.name(operation);
  const { input, mode } = place(operation, x, context);
  return [context.graph.node('Conv2DBackpropFilter', name, [input, sizes, dy], attributes(operation, context, mode))];
}

/** With numeric padding: the gradient of the padded input, cut back to the input. */
export function conv2dGradInput(operation: OperationOf<'conv2dGradInput'>, context: LoweringContext): Tensor[] {
  const [filter, dy] = context.inputs(operation) as [Tensor, Tensor];
  const { graph } = context;
  const { window } = operation;
  const shape = context.shape(operation.outputs[0]);
  const name = context.name(operation);
  const mode = paddingMode(window, [shape[1]!, shape[2]!]);
  const gradient = (as: string, of: readonly number[]): Tensor =>
    graph.node('Conv2DBackpropInput', as, [graph.integers([4], of), filter, dy], attributes(operation, context, mode));
  if (mode !== 'EXPLICIT') return [gradient(name, shape)];
  const [n, height, width, channels] = shape as [number, number, number, number];
  const { top, bottom, left, right } = trimPadding(window, [height, width]);
  const whole = gradient(`${name}/whole`, [n, height + top + bottom, width + left + right, channels]);
  const begin = graph.integers([4], [0, top, left, 0]);
  const index = { ...context.typeOf(operation), Index: { type: DATA_TYPE.int32 } };
  return [graph.node('Slice', name, [whole, begin, graph.integers([4], shape)], index)];
}

/**
 * The input as the kernels want it. They take numeric padding, too, but oneDNN's strided gradients are slower for it
 * than a copy into a padded tensor is (ResNet-18: 10 % of a step).
 */
function place(
  operation: OperationOf<'conv2d' | 'conv2dGradFilter'>,
  x: Tensor,
  context: LoweringContext,
): { input: Tensor; mode: PaddingMode } {
  const { window } = operation;
  const [, height, width] = context.shape(operation.inputs[0]) as [number, number, number, number];
  const mode = paddingMode(window, [height, width]);
  if (mode !== 'EXPLICIT') return { input: x, mode };
  const pads = context.graph.integers([4, 2], padsOf(trimPadding(window, [height, width])));
  const input = context.graph.node('Pad', `${context.name(operation)}/padded`, [x, pads], {
    ...context.typeOf(operation),
    Tpaddings: { type: DATA_TYPE.int32 },
  });
  return { input, mode };
}
