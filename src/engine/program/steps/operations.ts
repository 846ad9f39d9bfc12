import type { ActivationKind } from '../../../shared/network/activation.ts';

export { type ActivationKind, LEAKY_RELU_SLOPE } from '../../../shared/network/activation.ts';

/**
 * The operations of a step program: what engines must be able to run. Tensors are NHWC, filters HWIO, dense weights
 * [in, out]. A value is named by its number in `StepProgram.values`. No broadcasting except where said.
 */
export type ValueId = number;

/** Explicit padding in pixels. Engines whose kernels know only 'same' and 'valid' map or pad. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Window {
  readonly size: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly padding: Padding;
}

/**
 * One kernel call. `inputs` and `outputs` are in the order given in the comment.
 *
 * Backward operations take what their forward rule saved. `activationGrad` and `maxPoolGrad` take outputs where that is
 * enough (relu, sigmoid, tanh, leaky_relu with a positive slope keep the sign), so that inputs can be freed early.
 */
export type Operation = { readonly inputs: readonly ValueId[]; readonly outputs: readonly ValueId[] } & OperationKind;

export type OperationKind =
  /** [x, filter] -> [y] */
  | { readonly op: 'conv2d'; readonly window: Window }
  /** [filter, dy] -> [dx]; dx has the shape of the value that it is written to */
  | { readonly op: 'conv2dGradInput'; readonly window: Window }
  /** [x, dy] -> [dfilter] */
  | { readonly op: 'conv2dGradFilter'; readonly window: Window }
  /** [x, bias] -> [y]; bias over the last axis */
  | { readonly op: 'biasAdd' }
  /** [dy] -> [dbias]; sum over all axes but the last */
  | { readonly op: 'biasAddGrad' }
  /** [x] -> [y] */
  | { readonly op: 'activation'; readonly kind: ActivationKind }
  /** [dy, y] -> [dx] */
  | { readonly op: 'activationGrad'; readonly kind: ActivationKind }
  /** [x] -> [y]; padding never wins a maximum */
  | { readonly op: 'maxPool'; readonly window: Window }
  /** [x, y, dy] -> [dx] */
  | { readonly op: 'maxPoolGrad'; readonly window: Window }
  /** [x] -> [y]; only without padding */
  | { readonly op: 'avgPool'; readonly window: Window }
  /** [dy] -> [dx] */
  | { readonly op: 'avgPoolGrad'; readonly window: Window }
  /**
   * [x, scale, offset] -> [y, batchMean, batchVariance (unbiased, n/(n-1), as PyTorch's running variance wants it;
   * of one value: 0), reserve1, reserve2, reserve3]. Normalises with the biased variance. The reserves are whatever the
   * engine's gradient wants (in the `tensorflow` engine FusedBatchNormV3's outputs 3, 4, 5; elsewhere 1: the mean,
   * 2: 1/sqrt(variance + epsilon), 3: an empty tensor).
   */
  | { readonly op: 'batchNorm'; readonly epsilon: number }
  /** [dy, x, scale, reserve1, reserve2, reserve3] -> [dx, dscale, doffset] */
  | { readonly op: 'batchNormGrad'; readonly epsilon: number }
  /** [x, scale, offset, runningMean, runningVariance] -> [y]: forward-only programs, and frozen layers */
  | { readonly op: 'batchNormInference'; readonly epsilon: number }
  /** [dy, scale, runningVariance] -> [dx]: what a frozen layer hands on; its parameters have no gradients */
  | { readonly op: 'batchNormInferenceGrad'; readonly epsilon: number }
  /** [a, b] -> [a + b], same shapes */
  | { readonly op: 'add' }
  /** [a, b] -> [a * b], same shapes: dropout with a ready mask that holds 0 and 1/(1-rate) */
  | { readonly op: 'multiply' }
  /** [x: n,h,w,c] -> [n,c] */
  | { readonly op: 'globalAverage' }
  /** [dy: n,c] -> [dx: n,h,w,c] */
  | { readonly op: 'globalAverageGrad' }
  /** [a, b] -> [y]; rank 2 */
  | { readonly op: 'matMul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** [x] -> [y]; the shape of y */
  | { readonly op: 'reshape' }
  /**
   * [logits: n,k, labels: n int32] -> [losses: n, dlogits: n,k]: softmax cross-entropy of each sample with label
   * smoothing s (targets (1-s)*onehot + s/k), and its gradient, unscaled: gradients are sums over samples. Each target
   * counts by the weight of its class, where there are weights. In the place of labels there may be soft targets, float32
   * [n,k], which take the place of onehot.
   */
  | ({ readonly op: 'softmaxCrossEntropy' } & LossOptions)
  /**
   * [logits: n,1, labels: n int32] -> [losses: n, dlogits: n,1]: cross-entropy of the sigmoid of one logit with label
   * smoothing s (targets (1-s)*label + s/2), and its gradient. The same as softmax over the logits 0 and x. In the place of
   * labels there may be soft targets, float32 [n,1]: shares of the second class.
   */
  | ({ readonly op: 'sigmoidCrossEntropy' } & LossOptions)
  /** [x] -> [y]: the same numbers, in bfloat16 rounded to the nearest one, ties to even */
  | { readonly op: 'cast'; readonly to: 'float32' | 'bfloat16' };

export interface LossOptions {
  readonly labelSmoothing: number;
  /** One for each class; absent: all are one. */
  readonly classWeights?: readonly number[];
}

export type OperationName = Operation['op'];
