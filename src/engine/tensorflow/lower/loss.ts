import type { Operation } from '../../program/steps/operations.ts';
import { DATA_TYPE } from '../graph/attribute.ts';
import { outputOf, type Tensor } from '../graph/graph.ts';
import { FLOAT, type LoweringContext, type OperationOf } from './context.ts';

/** softplus(x) - target * x, and sigmoid(x) - target. Only the targets depend on the labels, so they are made first. */
export function sigmoidCrossEntropy(operation: OperationOf<'sigmoidCrossEntropy'>, context: LoweringContext): Tensor[] {
  const [logits, labels] = context.inputs(operation) as [Tensor, Tensor];
  const { graph } = context;
  const { labelSmoothing: smoothing, classWeights } = operation;
  const name = context.name(operation);
  const samples = context.shape(operation.outputs[0]);
  const node = (kernel: string, as: string, ...inputs: readonly Tensor[]): Tensor =>
    graph.node(kernel, `${name}/${as}`, inputs, FLOAT);
  const ones = areSoft(operation, context)
    ? context.reshape(labels, samples, `${name}/label`)
    : context.cast(labels, DATA_TYPE.int32, DATA_TYPE.float32, `${name}/label`);
  if (classWeights !== undefined) return weightedSigmoid(operation, classWeights, node, logits, ones, context);
  const share = node('Mul', 'share', ones, graph.scalar(1 - smoothing));
  const targets = node('AddV2', 'target', share, graph.scalar(smoothing / 2));
  const flat = context.reshape(logits, samples, `${name}/logit`);
  const losses = node('Sub', 'difference', node('Softplus', 'softplus', flat), node('Mul', 'product', flat, targets));
  const gradient = node('Sub', 'grad_flat', node('Sigmoid', 'probability', flat), targets);
  return [losses, context.reshape(gradient, context.shape(operation.outputs[1]), `${name}/grad`)];
}

/**
 * Loss and gradient come from one kernel, which a CPU has; smoothing needs the targets written out, without it labels are
 * enough. The kernels for GPUs add in any order, and TensorFlow refuses them where bits are to repeat (TF_DETERMINISTIC_OPS):
 * there it is written out.
 */
export function softmaxCrossEntropy(operation: OperationOf<'softmaxCrossEntropy'>, context: LoweringContext): Tensor[] {
  const [logits, labels] = context.inputs(operation) as [Tensor, Tensor];
  const { graph } = context;
  const { labelSmoothing: smoothing, classWeights } = operation;
  const name = context.name(operation);
  const labelType = { type: DATA_TYPE.int32 };
  const soft = areSoft(operation, context);
  if (!context.onGpu && !soft && smoothing === 0 && classWeights === undefined) {
    const node = graph.node('SparseSoftmaxCrossEntropyWithLogits', name, [logits, labels], {
      ...FLOAT,
      Tlabels: labelType,
    });
    return [node, outputOf(node, 1)];
  }
  const classes = context.shape(operation.inputs[0])[1]!;
  const off = smoothing / classes;
  const depth = graph.integers([], [classes]);
  const targets = soft
    ? smoothed(labels, smoothing, off, `${name}/targets`, context)
    : graph.node('OneHot', `${name}/targets`, [labels, depth, graph.scalar(1 - smoothing + off), graph.scalar(off)], {
        ...FLOAT,
        TI: labelType,
        axis: { integer: -1 },
      });
  if (context.onGpu) return writtenOut(logits, targets, classWeights, context.name(operation), context);
  if (classWeights === undefined) {
    const node = graph.node('SoftmaxCrossEntropyWithLogits', name, [logits, targets], FLOAT);
    return [node, outputOf(node, 1)];
  }
  // The kernel wants targets that sum to one: they are divided by their sum, and what comes out is multiplied by it.
  const weighted = graph.node('Mul', `${name}/weighted`, [targets, graph.floats([1, classes], classWeights)], FLOAT);
  const sum = graph.node('Sum', `${name}/weight`, [weighted, graph.integers([1], [1])], {
    ...FLOAT,
    Tidx: { type: DATA_TYPE.int32 },
    keep_dims: { boolean: true },
  });
  // No weight at all, of a class that does not count: no targets either.
  const shares = graph.node('DivNoNan', `${name}/shares`, [weighted, sum], FLOAT);
  const node = graph.node('SoftmaxCrossEntropyWithLogits', name, [logits, shares], FLOAT);
  const each = context.reshape(sum, context.shape(operation.outputs[0]), `${name}/weight_flat`);
  return [
    graph.node('Mul', `${name}/loss`, [node, each], FLOAT),
    graph.node('Mul', `${name}/grad`, [outputOf(node, 1), sum], FLOAT),
  ];
}

/** -sum_k t_k log softmax(x)_k, and softmax(x) sum_k t_k - t: targets need not sum to one, so class weights are in them. */
function writtenOut(
  logits: Tensor,
  shares: Tensor,
  classWeights: readonly number[] | undefined,
  name: string,
  { graph }: LoweringContext,
): Tensor[] {
  const node = (kernel: string, as: string, ...inputs: readonly Tensor[]): Tensor =>
    graph.node(kernel, `${name}/${as}`, inputs, FLOAT);
  const sum = (of: Tensor, as: string, keep: boolean): Tensor =>
    graph.node('Sum', `${name}/${as}`, [of, graph.integers([1], [1])], {
      ...FLOAT,
      Tidx: { type: DATA_TYPE.int32 },
      keep_dims: { boolean: keep },
    });
  const targets =
    classWeights === undefined
      ? shares
      : node('Mul', 'weighted', shares, graph.floats([1, classWeights.length], classWeights));
  const each = node('Mul', 'each', targets, node('LogSoftmax', 'log', logits));
  const scaled = node('Mul', 'scaled', node('Softmax', 'probability', logits), sum(targets, 'weight', true));
  return [node('Neg', 'loss', sum(each, 'sum', false)), node('Sub', 'grad', scaled, targets)];
}

/** Whether samples have shares of classes in the place of labels. */
function areSoft(operation: Operation, context: LoweringContext): boolean {
  return context.shape(operation.inputs[1]).length === 2;
}

function smoothed(targets: Tensor, smoothing: number, off: number, name: string, { graph }: LoweringContext): Tensor {
  if (smoothing === 0) return targets;
  const share = graph.node('Mul', `${name}_share`, [targets, graph.scalar(1 - smoothing)], FLOAT);
  return graph.node('AddV2', name, [share, graph.scalar(off)], FLOAT);
}

/** s softplus(x) - w1 t1 x, and s sigmoid(x) - w1 t1, where s = w0 t0 + w1 t1: both factors are lines over the label. */
function weightedSigmoid(
  operation: OperationOf<'sigmoidCrossEntropy'>,
  [w0, w1]: readonly number[],
  node: (kernel: string, as: string, ...inputs: readonly Tensor[]) => Tensor,
  logits: Tensor,
  label: Tensor,
  context: LoweringContext,
): Tensor[] {
  const { graph } = context;
  const name = context.name(operation);
  const half = operation.labelSmoothing / 2;
  const along = (as: string, ofFirst: number, ofSecond: number): Tensor =>
    node('AddV2', as, node('Mul', `${as}_slope`, label, graph.scalar(ofSecond - ofFirst)), graph.scalar(ofFirst));
  const target = along('target', w1! * half, w1! * (1 - half));
  const weight = along('weight', w0! * (1 - half) + w1! * half, w0! * half + w1! * (1 - half));
  const flat = context.reshape(logits, context.shape(operation.outputs[0]), `${name}/logit`);
  const spread = node('Mul', 'spread', weight, node('Softplus', 'softplus', flat));
  const losses = node('Sub', 'difference', spread, node('Mul', 'product', flat, target));
  const share = node('Mul', 'probable', weight, node('Sigmoid', 'probability', flat));
  const gradient = node('Sub', 'grad_flat', share, target);
  return [losses, context.reshape(gradient, context.shape(operation.outputs[1]), `${name}/grad`)];
}
