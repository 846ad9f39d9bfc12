import { type Attributes, DATA_TYPE } from '../attribute.ts';
import { outputOf, type Tensor } from '../graph.ts';
import { type LoweringContext, NHWC, type OperationOf } from './context.ts';

function attributes(epsilon: number, training: boolean): Attributes {
  return {
    ...NHWC,
    U: { type: DATA_TYPE.float32 },
    epsilon: { float: epsilon },
    is_training: { boolean: training },
  };
}

/** FusedBatchNormV3's own outputs are in the operation's order, and its batch variance is the unbiased one. */
export function batchNorm(operation: OperationOf<'batchNorm'>, context: LoweringContext): Tensor[] {
  const { graph } = context;
  const inputs = [...context.inputs(operation), graph.empty(), graph.empty()];
  const node = graph.node('FusedBatchNormV3', context.name(operation), inputs, attributes(operation.epsilon, true));
  return [0, 1, 2, 3, 4, 5].map((index) => outputOf(node, index));
}

export function batchNormGrad(operation: OperationOf<'batchNormGrad'>, context: LoweringContext): Tensor[] {
  const node = context.graph.node(
    'FusedBatchNormGradV3',
    context.name(operation),
    context.inputs(operation),
    attributes(operation.epsilon, true),
  );
  return [0, 1, 2].map((index) => outputOf(node, index));
}

export function batchNormInference(operation: OperationOf<'batchNormInference'>, context: LoweringContext): Tensor[] {
  return [
    context.graph.node(
      'FusedBatchNormV3',
      context.name(operation),
      context.inputs(operation),
      attributes(operation.epsilon, false),
    ),
  ];
}
