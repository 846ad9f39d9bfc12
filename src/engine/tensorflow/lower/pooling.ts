import type { Window } from '../../program/steps/operations.ts';
import { type Attributes, DATA_TYPE } from '../graph/attribute.ts';
import { outputOf, type Tensor } from '../graph/graph.ts';
import { type PaddingMode, paddingMode, padsOf } from '../graph/padding.ts';
import type { LoweringContext, OperationOf } from './context.ts';

type Pooling = OperationOf<'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'>;

function attributes(
  operation: Pooling,
  context: LoweringContext,
  padding: Exclude<PaddingMode, 'EXPLICIT'>,
): Attributes {
  const { window } = operation;
  return {
    ...context.imageType(operation),
    ksize: { integers: [1, ...window.size, 1] },
    strides: { integers: [1, ...window.strides, 1] },
    padding: { text: padding },
  };
}

/** oneDNN's pool, which TensorFlow otherwise puts in by itself: with a second output, the workspace. */
const WITH_WORKSPACE: Attributes = {
  workspace_enabled: { boolean: true },
  _kernel: { text: 'MklNameChangeOp' },
};

export function maxPool(operation: OperationOf<'maxPool'>, context: LoweringContext): Tensor[] {
  const [x] = context.inputs(operation) as [Tensor];
  const name = context.name(operation);
  const mode = modeOf(operation.window, context.shape(operation.inputs[0]));
  const input = mode === 'EXPLICIT' ? padWithNothing(x, operation, context) : x;
  const plain = attributes(operation, context, mode === 'EXPLICIT' ? 'VALID' : mode);
  if (operation.outputs.length === 1) return [context.graph.node('MaxPool', name, [input], plain)];
  const node = context.graph.node('_MklNativeMaxPool', name, [input], { ...plain, ...WITH_WORKSPACE });
  return [node, outputOf(node, 1)];
}

/** With numeric padding: the gradient of the padded input, cut back to the input. */
export function maxPoolGrad(operation: OperationOf<'maxPoolGrad'>, context: LoweringContext): Tensor[] {
  const [x, ...others] = context.inputs(operation) as [Tensor, ...Tensor[]];
  const { window } = operation;
  const name = context.name(operation);
  const shape = context.shape(operation.inputs[0]);
  const mode = modeOf(window, shape);
  const gradient = (as: string, input: Tensor, plain: Attributes): Tensor =>
    others.length === 2
      ? context.graph.node('MaxPoolGrad', as, [input, ...others], plain)
      : context.graph.node('_MklNativeMaxPoolGrad', as, [input, ...others], { ...plain, ...WITH_WORKSPACE });
  if (mode !== 'EXPLICIT') return [gradient(name, x, attributes(operation, context, mode))];
  const padded = padWithNothing(x, operation, context);
  const whole = gradient(`${name}/whole`, padded, attributes(operation, context, 'VALID'));
  const begin = context.graph.integers([4], [0, window.padding.top, window.padding.left, 0]);
  return [
    context.graph.node('Slice', name, [whole, begin, context.graph.integers([4], shape)], {
      ...context.typeOf(operation),
      Index: { type: DATA_TYPE.int32 },
    }),
  ];
}

export function avgPool(operation: OperationOf<'avgPool'>, context: LoweringContext): Tensor[] {
  requireNoPadding(operation.window, context.name(operation));
  const name = context.name(operation);
  return [context.graph.node('AvgPool', name, context.inputs(operation), attributes(operation, context, 'VALID'))];
}

export function avgPoolGrad(operation: OperationOf<'avgPoolGrad'>, context: LoweringContext): Tensor[] {
  requireNoPadding(operation.window, context.name(operation));
  const [dy] = context.inputs(operation) as [Tensor];
  const sizes = context.graph.integers([4], context.shape(operation.outputs[0]));
  const name = context.name(operation);
  return [context.graph.node('AvgPoolGrad', name, [sizes, dy], attributes(operation, context, 'VALID'))];
}

function modeOf(window: Window, shape: readonly number[]): PaddingMode {
  return paddingMode(window, [shape[1]!, shape[2]!]);
}

/** Pads with minus infinity, which never wins a maximum. */
function padWithNothing(
  x: Tensor,
  operation: OperationOf<'maxPool' | 'maxPoolGrad'>,
  context: LoweringContext,
): Tensor {
  const { graph } = context;
  const type = context.typeOf(operation);
  const pads = graph.integers([4, 2], padsOf(operation.window.padding));
  return graph.node('PadV2', `${context.name(operation)}/padded`, [x, pads, graph.scalar(-Infinity, type.T.type)], {
    ...type,
    Tpaddings: { type: DATA_TYPE.int32 },
  });
}

function requireNoPadding({ padding }: Window, name: string): void {
  if (padding.top + padding.bottom + padding.left + padding.right > 0) {
    throw new RangeError(`${name}: average pooling with padding is not an operation of step programs.`);
  }
}
