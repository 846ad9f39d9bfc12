import { type Attributes, DATA_TYPE } from '../graph/attribute.ts';
import { outputOf, type Tensor } from '../graph/graph.ts';
import { FLOAT, type LoweringContext, type OperationOf } from './context.ts';

type Normalisation = OperationOf<'batchNorm' | 'batchNormGrad' | 'batchNormInference' | 'batchNormInferenceGrad'>;

/** What is known of each channel is float32 (`U`), whatever the images are (`T`). */
function attributes(operation: Normalisation, context: LoweringContext, training: boolean): Attributes {
  return {
    ...context.imageType(operation),
    U: { type: DATA_TYPE.float32 },
    epsilon: { float: operation.epsilon },
    is_training: { boolean: training },
  };
}

/** FusedBatchNormV3's own outputs are in the operation's order, and its batch variance is the unbiased one. */
export function batchNorm(operation: OperationOf<'batchNorm'>, context: LoweringContext): Tensor[] {
  const { graph } = context;
  const inputs = [...context.inputs(operation), graph.empty(), graph.empty()];
  const node = graph.node('FusedBatchNormV3', context.name(operation), inputs, attributes(operation, context, true));
  return [0, 1, 2, 3, 4, 5].map((index) => outputOf(node, index));
}

export function batchNormGrad(operation: OperationOf<'batchNormGrad'>, context: LoweringContext): Tensor[] {
  const node = context.graph.node(
    'FusedBatchNormGradV3',
    context.name(operation),
    context.inputs(operation),
    attributes(operation, context, true),
  );
  return [0, 1, 2].map((index) => outputOf(node, index));
}

/** The same without offset and means, both of which a gradient does not see. */
export function batchNormInferenceGrad(
  operation: OperationOf<'batchNormInferenceGrad'>,
  context: LoweringContext,
): Tensor[] {
  const [dy, scale, variance] = context.inputs(operation) as [Tensor, Tensor, Tensor];
  const { graph } = context;
  const name = context.name(operation);
  const zeros = graph.node('ZerosLike', `${name}/zeros`, [scale], FLOAT);
  const inputs = [dy, scale, zeros, zeros, variance];
  return [graph.node('FusedBatchNormV3', name, inputs, attributes(operation, context, false))];
}

export function batchNormInference(operation: OperationOf<'batchNormInference'>, context: LoweringContext): Tensor[] {
  const readers = context.readers(operation.outputs[0]!);
  if (readers.some((reader) => reader.op === 'activation' && reader.kind === 'tanh')) {
    return [scaleAndShift(operation, context)];
  }
  return [
    context.graph.node(
      'FusedBatchNormV3',
      context.name(operation),
      context.inputs(operation),
      attributes(operation, context, false),
    ),
  ];
}

/**
 * y = x * factor + summand. TensorFlow fuses a convolution, FusedBatchNormV3 and Tanh into one kernel that it then does not
 * have, which ends the call with an error, so before Tanh the norm is written out, in float32.
 */
function scaleAndShift(operation: OperationOf<'batchNormInference'>, context: LoweringContext): Tensor {
  const [image, scale, offset, mean, variance] = context.inputs(operation) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const { graph } = context;
  const name = context.name(operation);
  const node = (kernel: string, as: string, ...inputs: readonly Tensor[]): Tensor =>
    graph.node(kernel, `${name}/${as}`, inputs, FLOAT);
  const inverse = node('Rsqrt', 'inverse', node('AddV2', 'variance', variance, graph.scalar(operation.epsilon)));
  const factor = node('Mul', 'factor', scale, inverse);
  const summand = node('Sub', 'summand', offset, node('Mul', 'shift', mean, factor));
  const { type } = context.typeOf(operation).T;
  if (type === DATA_TYPE.float32)
    return graph.node('AddV2', name, [node('Mul', 'scaled', image, factor), summand], FLOAT);
  const x = context.cast(image, type, DATA_TYPE.float32, `${name}/float32`);
  const y = node('AddV2', 'sum', node('Mul', 'scaled', x, factor), summand);
  return context.cast(y, DATA_TYPE.float32, type, name);
}
