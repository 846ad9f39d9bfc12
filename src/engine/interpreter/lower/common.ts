import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../program/steps/operations.ts';
import { avgPoolGrad, globalAverage, globalAverageGrad } from '../kernels/pooling.ts';
import { sigmoidCrossEntropy } from '../kernels/sigmoid-cross-entropy.ts';
import {
  countsOfLabels,
  countsOfTargets,
  type CountOf,
  weightedSigmoidCrossEntropy,
  weightedSoftmaxCrossEntropy,
} from '../kernels/weighted-cross-entropy.ts';
import { checkLabels, softmaxCrossEntropy } from '../kernels/softmax-cross-entropy.ts';
import type { Backend, Tensor } from '../backend/backend.ts';
import type { LossOptions } from '../../program/steps/operations.ts';
import { convolutionAttributes, type LoweringTable, poolAttributes } from './lowering.ts';

const ACTIVATIONS: { readonly [Name in ActivationKind]: readonly [kernel: string, attributes: object] } = {
  relu: ['Relu', {}],
  leaky_relu: ['LeakyRelu', { alpha: LEAKY_RELU_SLOPE }],
  sigmoid: ['Sigmoid', {}],
  tanh: ['Tanh', {}],
};

/**
 * Operations that run alike on all backends: tfjs's kernels where all have a good one, ours on the backend's memory
 * where not. Outputs are allocated before any view is taken, because allocation may move the memory.
 */
export const COMMON = {
  conv2d: (backend, { window }, [x, filter]) => [
    backend.run('Conv2D', { x: x!, filter: filter! }, convolutionAttributes(window)),
  ],
  maxPool: (backend, { window }, [x]) => [backend.run('MaxPool', { x: x! }, poolAttributes(window))],
  avgPool: (backend, { window }, [x]) => [backend.run('AvgPool', { x: x! }, poolAttributes(window))],
  biasAdd: (backend, _, [x, bias]) => [backend.run('Add', { a: x!, b: bias! })],
  add: (backend, _, [a, b]) => [backend.run('Add', { a: a!, b: b! })],
  multiply: (backend, _, [a, b]) => [backend.run('Multiply', { a: a!, b: b! })],
  activation: (backend, { kind }, [x]) => {
    const [kernel, attributes] = ACTIVATIONS[kind];
    return [backend.run(kernel, { x: x! }, attributes)];
  },
  reshape: (backend, _, [x], [shape]) => [backend.alias(x!, shape!)],
  avgPoolGrad(backend, { window }, [dy], [shape]) {
    const dx = backend.allocate(shape!);
    avgPoolGrad(backend.floats(dy!), backend.floats(dx), window, { image: shape!, pooled: dy!.shape });
    return [dx];
  },
  globalAverage(backend, _, [x], [shape]) {
    const y = backend.allocate(shape!);
    globalAverage(backend.floats(x!), backend.floats(y), x!.shape);
    return [y];
  },
  globalAverageGrad(backend, _, [dy], [shape]) {
    const dx = backend.allocate(shape!);
    globalAverageGrad(backend.floats(dy!), backend.floats(dx), shape!);
    return [dx];
  },
  sigmoidCrossEntropy(backend, options, [logits, targets], shapes) {
    checkTargets(backend, targets!, 2);
    const [losses, gradient] = shapes.map((shape) => backend.allocate(shape));
    const countOf = countsIn(backend, options, targets!, 2);
    const x = backend.floats(logits!);
    const [loss, dx] = [backend.floats(losses!), backend.floats(gradient!)];
    if (countOf === null) sigmoidCrossEntropy(x, backend.integers(targets!), options.labelSmoothing, loss, dx);
    else weightedSigmoidCrossEntropy(x, countOf, loss, dx);
    return [losses!, gradient!];
  },
  softmaxCrossEntropy(backend, options, [logits, targets], shapes) {
    checkTargets(backend, targets!, logits!.shape[1]!);
    const [losses, gradient] = shapes.map((shape) => backend.allocate(shape));
    const countOf = countsIn(backend, options, targets!, logits!.shape[1]!);
    const x = backend.floats(logits!);
    const [loss, dx] = [backend.floats(losses!), backend.floats(gradient!)];
    if (countOf === null) softmaxCrossEntropy(x, backend.integers(targets!), options.labelSmoothing, loss, dx);
    else weightedSoftmaxCrossEntropy(x, countOf, loss, dx);
    return [losses!, gradient!];
  },
} satisfies Partial<LoweringTable>;

/** Shares are what the input pipeline makes them; labels come from data. */
function checkTargets(backend: Backend, targets: Tensor, classes: number): void {
  if (targets.dtype === 'int32') checkLabels(backend.integers(targets), classes);
}

/** What classes count; null: the label of each sample alone counts, and wholly. */
function countsIn(backend: Backend, options: LossOptions, targets: Tensor, classes: number): CountOf | null {
  if (targets.shape.length === 2) return countsOfTargets(backend.floats(targets), targets.shape[1]!, options);
  return options.classWeights === undefined ? null : countsOfLabels(backend.integers(targets), classes, options);
}
