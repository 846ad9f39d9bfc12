import type { Window } from '../../../program/operations.ts';
import type { Attributes } from '../attribute.ts';
import type { Tensor } from '../graph.ts';
import { paddingMode, padsOf } from '../padding.ts';
import { type LoweringContext, NHWC, type OperationOf } from './context.ts';

/** The kernels take numeric padding themselves; for SAME and VALID they want the list of numbers empty. */
function attributes(window: Window, input: readonly number[]): Attributes {
  const mode = paddingMode(window, [input[1]!, input[2]!]);
  return {
    ...NHWC,
    strides: { integers: [1, ...window.strides, 1] },
    padding: { text: mode },
    explicit_paddings: { integers: mode === 'EXPLICIT' ? padsOf(window.padding) : [] },
  };
}

export function conv2d(operation: OperationOf<'conv2d'>, context: LoweringContext): Tensor[] {
  const shape = context.shape(operation.inputs[0]);
  const node = context.graph.node(
    'Conv2D',
    context.name(operation),
    context.inputs(operation),
    attributes(operation.window, shape),
  );
  return [node];
}

export function conv2dGradInput(operation: OperationOf<'conv2dGradInput'>, context: LoweringContext): Tensor[] {
  const [filter, dy] = context.inputs(operation) as [Tensor, Tensor];
  const shape = context.shape(operation.outputs[0]);
  const sizes = context.graph.integers([4], shape);
  const name = context.name(operation);
  return [context.graph.node('Conv2DBackpropInput', name, [sizes, filter, dy], attributes(operation.window, shape))];
}

export function conv2dGradFilter(operation: OperationOf<'conv2dGradFilter'>, context: LoweringContext): Tensor[] {
  const [x, dy] = context.inputs(operation) as [Tensor, Tensor];
  const sizes = context.graph.integers([4], context.shape(operation.outputs[0]));
  const shape = context.shape(operation.inputs[0]);
  const name = context.name(operation);
  return [context.graph.node('Conv2DBackpropFilter', name, [x, sizes, dy], attributes(operation.window, shape))];
}
