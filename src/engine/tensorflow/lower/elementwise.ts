import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../program/steps/operations.ts';
import { type Attributes, DATA_TYPE } from '../graph/attribute.ts';
import type { Tensor } from '../graph/graph.ts';
import type { LoweringContext, OperationOf } from './context.ts';

interface ActivationKernel {
  readonly forward: string;
  readonly gradient: string;
  /** Whether the gradient kernel takes (y, dy) rather than (dy, y). */
  readonly outputFirst: boolean;
  readonly attributes?: Attributes;
}

const KERNELS: Readonly<Record<ActivationKind, ActivationKernel>> = {
  relu: { forward: 'Relu', gradient: 'ReluGrad', outputFirst: false },
  // The gradient asks for the input but looks at its sign alone, which the output has, too.
  leaky_relu: {
    forward: 'LeakyRelu',
    gradient: 'LeakyReluGrad',
    outputFirst: false,
    attributes: { alpha: { float: LEAKY_RELU_SLOPE } },
  },
  sigmoid: { forward: 'Sigmoid', gradient: 'SigmoidGrad', outputFirst: true },
  tanh: { forward: 'Tanh', gradient: 'TanhGrad', outputFirst: true },
};

export function activation(operation: OperationOf<'activation'>, context: LoweringContext): Tensor[] {
  const { forward, attributes } = KERNELS[operation.kind];
  const all = { ...context.typeOf(operation), ...attributes };
  return [context.graph.node(forward, context.name(operation), context.inputs(operation), all)];
}

export function activationGrad(operation: OperationOf<'activationGrad'>, context: LoweringContext): Tensor[] {
  const [dy, y] = context.inputs(operation) as [Tensor, Tensor];
  const { gradient, outputFirst, attributes } = KERNELS[operation.kind];
  const all = { ...context.typeOf(operation), ...attributes };
  return [context.graph.node(gradient, context.name(operation), outputFirst ? [y, dy] : [dy, y], all)];
}

export function biasAdd(operation: OperationOf<'biasAdd'>, context: LoweringContext): Tensor[] {
  return [
    context.graph.node('BiasAdd', context.name(operation), context.inputs(operation), context.imageType(operation)),
  ];
}

export function biasAddGrad(operation: OperationOf<'biasAddGrad'>, context: LoweringContext): Tensor[] {
  return [
    context.graph.node('BiasAddGrad', context.name(operation), context.inputs(operation), context.imageType(operation)),
  ];
}

export function add(operation: OperationOf<'add'>, context: LoweringContext): Tensor[] {
  return [context.graph.node('AddV2', context.name(operation), context.inputs(operation), context.typeOf(operation))];
}

export function multiply(operation: OperationOf<'multiply'>, context: LoweringContext): Tensor[] {
  return [context.graph.node('Mul', context.name(operation), context.inputs(operation), context.typeOf(operation))];
}

export function cast(operation: OperationOf<'cast'>, context: LoweringContext): Tensor[] {
  const [x] = context.inputs(operation) as [Tensor];
  const from = operation.to === 'bfloat16' ? 'float32' : 'bfloat16';
  return [context.cast(x, DATA_TYPE[from], DATA_TYPE[operation.to], context.name(operation))];
}
