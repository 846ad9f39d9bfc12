import type { Window } from '../../../program/operations.ts';
import { type Attributes, DATA_TYPE } from '../attribute.ts';
import type { Tensor } from '../graph.ts';
import { type PaddingMode, paddingMode, padsOf, trimPadding } from '../padding.ts';
import { FLOAT, type LoweringContext, NHWC, type OperationOf } from './context.ts';

function attributes({ strides }: Window, mode: PaddingMode): Attributes {
  return { ...NHWC, strides: { integers: [1, ...strides, 1] }, padding: { text: mode === 'SAME' ? 'SAME' : 'VALID' } };
}

export function conv2d(operation: OperationOf<'conv2d'>, context: LoweringContext): Tensor[] {
  const [x, filter] = context.inputs(operation) as [Tensor, Tensor];
  const name = context.name(operation);
  const { input, mode } = place(operation.window, context.shape(operation.inputs[0]), x, context, name);
  return [context.graph.node('Conv2D', name, [input, filter], attributes(operation.window, mode))];
}

export function conv2dGradFilter(operation: OperationOf<'conv2dGradFilter'>, context: LoweringContext): Tensor[] {
  const [x, dy] = context.inputs(operation) as [Tensor, Tensor];
  const sizes = context.graph.integers([4], context.shape(operation.outputs[0]));
  const name = context.name(operation);
  const { input, mode } = place(operation.window, context.shape(operation.inputs[0]), x, context, name);
  return [context.graph.node('Conv2DBackpropFilter', name, [input, sizes, dy], attributes(operation.window, mode))];
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
    graph.node('Conv2DBackpropInput', as, [graph.integers([4], of), filter, dy], attributes(window, mode));
  if (mode !== 'EXPLICIT') return [gradient(name, shape)];
  const [n, height, width, channels] = shape as [number, number, number, number];
  const { top, bottom, left, right } = trimPadding(window, [height, width]);
  const whole = gradient(`${name}/whole`, [n, height + top + bottom, width + left + right, channels]);
  const begin = graph.integers([4], [0, top, left, 0]);
  const index = { ...FLOAT, Index: { type: DATA_TYPE.int32 } };
  return [graph.node('Slice', name, [whole, begin, graph.integers([4], shape)], index)];
}

/**
 * The input as the kernels want it. They take numeric padding, too, but oneDNN's strided gradients are slower for it
 * than a copy into a padded tensor is (ResNet-18: 10 % of a step).
 */
function place(
  window: Window,
  shape: readonly number[],
  x: Tensor,
  { graph }: LoweringContext,
  name: string,
): { input: Tensor; mode: PaddingMode } {
  const size = [shape[1]!, shape[2]!] as const;
  const mode = paddingMode(window, size);
  if (mode !== 'EXPLICIT') return { input: x, mode };
  const pads = graph.integers([4, 2], padsOf(trimPadding(window, size)));
  const padded = graph.node('Pad', `${name}/padded`, [x, pads], { ...FLOAT, Tpaddings: { type: DATA_TYPE.int32 } });
  return { input: padded, mode };
}
