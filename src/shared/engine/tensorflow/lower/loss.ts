import { DATA_TYPE } from '../attribute.ts';
import { outputOf, type Tensor } from '../graph.ts';
import { FLOAT, type LoweringContext, type OperationOf } from './context.ts';

/** softplus(x) - target * x, and sigmoid(x) - target. Only the targets depend on the labels, so they are made first. */
export function sigmoidCrossEntropy(operation: OperationOf<'sigmoidCrossEntropy'>, context: LoweringContext): Tensor[] {
  const [logits, labels] = context.inputs(operation) as [Tensor, Tensor];
  const { graph } = context;
  const { labelSmoothing: smoothing } = operation;
  const name = context.name(operation);
  const node = (kernel: string, as: string, ...inputs: readonly Tensor[]): Tensor =>
    graph.node(kernel, `${name}/${as}`, inputs, FLOAT);
  const ones = context.cast(labels, DATA_TYPE.int32, DATA_TYPE.float32, `${name}/label`);
  const share = node('Mul', 'share', ones, graph.scalar(1 - smoothing));
  const targets = node('AddV2', 'target', share, graph.scalar(smoothing / 2));
  const samples = context.shape(operation.outputs[0]);
  const flat = context.reshape(logits, samples, `${name}/logit`);
  const losses = node('Sub', 'difference', node('Softplus', 'softplus', flat), node('Mul', 'product', flat, targets));
  const gradient = node('Sub', 'grad_flat', node('Sigmoid', 'probability', flat), targets);
  return [losses, context.reshape(gradient, context.shape(operation.outputs[1]), `${name}/grad`)];
}

/** Loss and gradient come from one kernel; smoothing needs the targets written out, without it labels are enough. */
export function softmaxCrossEntropy(operation: OperationOf<'softmaxCrossEntropy'>, context: LoweringContext): Tensor[] {
  const [logits, labels] = context.inputs(operation) as [Tensor, Tensor];
  const { graph } = context;
  const { labelSmoothing: smoothing } = operation;
  const name = context.name(operation);
  const labelType = { type: DATA_TYPE.int32 };
  if (smoothing === 0) {
    const node = graph.node('SparseSoftmaxCrossEntropyWithLogits', name, [logits, labels], {
      ...FLOAT,
      Tlabels: labelType,
    });
    return [node, outputOf(node, 1)];
  }
  const classes = context.shape(operation.inputs[0])[1]!;
  const off = smoothing / classes;
  const depth = graph.integers([], [classes]);
  const targets = graph.node(
    'OneHot',
    `${name}/targets`,
    [labels, depth, graph.scalar(1 - smoothing + off), graph.scalar(off)],
    { ...FLOAT, TI: labelType, axis: { integer: -1 } },
  );
  const node = graph.node('SoftmaxCrossEntropyWithLogits', name, [logits, targets], FLOAT);
  return [node, outputOf(node, 1)];
}
