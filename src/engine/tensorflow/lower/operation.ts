import type { Operation } from '../../program/steps/operations.ts';
import type { Tensor } from '../graph/graph.ts';
import type { LoweringContext } from './context.ts';
import { conv2d, conv2dGradFilter, conv2dGradInput } from './convolution.ts';
import { globalAverage, globalAverageGrad, matMul, reshape } from './dense.ts';
import { activation, activationGrad, add, biasAdd, biasAddGrad, cast, multiply } from './elementwise.ts';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './loss.ts';
import { batchNorm, batchNormGrad, batchNormInference, batchNormInferenceGrad } from './normalisation.ts';
import { avgPool, avgPoolGrad, maxPool, maxPoolGrad } from './pooling.ts';

/** Writes the nodes of one operation; the tensors of its outputs, in order. */
export function lowerOperation(operation: Operation, context: LoweringContext): Tensor[] {
  switch (operation.op) {
    case 'conv2d':
      return conv2d(operation, context);
    case 'conv2dGradInput':
      return conv2dGradInput(operation, context);
    case 'conv2dGradFilter':
      return conv2dGradFilter(operation, context);
    case 'biasAdd':
      return biasAdd(operation, context);
    case 'biasAddGrad':
      return biasAddGrad(operation, context);
    case 'activation':
      return activation(operation, context);
    case 'activationGrad':
      return activationGrad(operation, context);
    case 'maxPool':
      return maxPool(operation, context);
    case 'maxPoolGrad':
      return maxPoolGrad(operation, context);
    case 'avgPool':
      return avgPool(operation, context);
    case 'avgPoolGrad':
      return avgPoolGrad(operation, context);
    case 'batchNorm':
      return batchNorm(operation, context);
    case 'batchNormGrad':
      return batchNormGrad(operation, context);
    case 'batchNormInference':
      return batchNormInference(operation, context);
    case 'batchNormInferenceGrad':
      return batchNormInferenceGrad(operation, context);
    case 'add':
      return add(operation, context);
    case 'multiply':
      return multiply(operation, context);
    case 'globalAverage':
      return globalAverage(operation, context);
    case 'globalAverageGrad':
      return globalAverageGrad(operation, context);
    case 'matMul':
      return matMul(operation, context);
    case 'reshape':
      return reshape(operation, context);
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(operation, context);
    case 'sigmoidCrossEntropy':
      return sigmoidCrossEntropy(operation, context);
    case 'cast':
      return cast(operation, context);
  }
}
