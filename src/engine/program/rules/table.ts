import type { OperationKind } from '../steps/operations.ts';
import { conv2d, conv2dGradFilter, conv2dGradInput } from './convolution.ts';
import { matMul, sigmoidCrossEntropy, softmaxCrossEntropy } from './dense.ts';
import { activation, activationGrad, add, biasAdd, biasAddGrad, cast, multiply, reshape } from './elementwise.ts';
import { batchNorm, batchNormGrad, batchNormInference, batchNormInferenceGrad } from './normalisation.ts';
import { avgPool, avgPoolGrad, globalAverage, globalAverageGrad, maxPool, maxPoolGrad } from './pooling.ts';
import type { Rule } from './rule.ts';

const RULES: { readonly [Name in OperationKind['op']]: Rule<Extract<OperationKind, { op: Name }>> } = {
  conv2d,
  conv2dGradInput,
  conv2dGradFilter,
  biasAdd,
  biasAddGrad,
  activation,
  activationGrad,
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
  batchNorm,
  batchNormGrad,
  batchNormInference,
  batchNormInferenceGrad,
  add,
  multiply,
  globalAverage,
  globalAverageGrad,
  matMul,
  reshape,
  softmaxCrossEntropy,
  sigmoidCrossEntropy,
  cast,
};

/** The rule of an operation. The cast is sound: each rule stands under the name of its own operation. */
export function ruleOf(operation: OperationKind): Rule<OperationKind> {
  const rules: Readonly<Record<string, unknown>> = RULES;
  return rules[operation.op] as Rule<OperationKind>;
}
