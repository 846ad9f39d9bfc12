import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../../program/operations.ts';
import type { Attributes } from '../attribute.ts';
import type { Tensor } from '../graph.ts';
import { FLOAT, type LoweringContext, NHWC, type OperationOf } from './context.ts';

interface ActivationKernel {
  readonly forward: string;
  readonly gradient: string;
  /** Whether the gradient kernel takes (y, dy) rather than (dy, y). */
  readonly outputFirst: boolean;
  readonly attributes: Attributes;
}

const KERNELS: Readonly<Record<ActivationKind, ActivationKernel>> = {
  relu: { forward: 'Relu', gradient: 'ReluGrad', outputFirst: false, attributes: FLOAT },
  // The gradient asks for the input but looks at its sign alone, which the output has, too.
  leaky_relu: {
    forward: 'LeakyRelu',
    gradient: 'LeakyReluGrad',
    outputFirst: false,
    attributes: { ...FLOAT, alpha: { float: LEAKY_RELU_SLOPE } },
  },
  sigmoid: { forward: 'Sigmoid', gradient: 'SigmoidGrad', outputFirst: true, attributes: FLOAT },
  tanh: { forward: 'Tanh', gradient: 'TanhGrad', outputFirst: true, attributes: FLOAT },
};

export function activation(operation: OperationOf<'activation'>, context: LoweringContext): Tensor[] {
  const { forward, attributes } = KERNELS[operation.kind];
  return [context.graph.node(forward, context.name(operation), context.inputs(operation), attributes)];
}

export function activationGrad(operation: OperationOf<'activationGrad'>, context: LoweringContext): Tensor[] {
  const [dy, y] = context.inputs(operation) as [Tensor, Tensor];
  const { gradient, outputFirst, attributes } = KERNELS[operation.kind];
  return [context.graph.node(gradient, context.name(operation), outputFirst ? [y, dy] : [dy, y], attributes)];
}

export function biasAdd(operation: OperationOf<'biasAdd'>, context: LoweringContext): Tensor[] {
  return [context.graph.node('BiasAdd', context.name(operation), context.inputs(operation), NHWC)];
}

export function biasAddGrad(operation: OperationOf<'biasAddGrad'>, context: LoweringContext): Tensor[] {
  return [context.graph.node('BiasAddGrad', context.name(operation), context.inputs(operation), NHWC)];
}

export function add(operation: OperationOf<'add'>, context: LoweringContext): Tensor[] {
  return [context.graph.node('AddV2', context.name(operation), context.inputs(operation), FLOAT)];
}

export function multiply(operation: OperationOf<'multiply'>, context: LoweringContext): Tensor[] {
  return [context.graph.node('Mul', context.name(operation), context.inputs(operation), FLOAT)];
}
