import { DATA_TYPE } from '../attribute.ts';
import { outputOf, type Tensor } from '../graph.ts';
import { FLOAT, type LoweringContext, type OperationOf } from './context.ts';

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
