import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../program/steps/operations.ts';

/** dx = dy * f'(x), from the activation's output y, which tells all that is needed of x. */
export function activationGrad(kind: ActivationKind, dy: Float32Array, y: Float32Array, dx: Float32Array): void {
  const size = y.length;
  switch (kind) {
    case 'relu':
      for (let i = 0; i < size; i++) dx[i] = y[i]! > 0 ? dy[i]! : 0;
      return;
    case 'leaky_relu':
      for (let i = 0; i < size; i++) dx[i] = y[i]! > 0 ? dy[i]! : LEAKY_RELU_SLOPE * dy[i]!;
      return;
    case 'sigmoid':
      for (let i = 0; i < size; i++) dx[i] = dy[i]! * y[i]! * (1 - y[i]!);
      return;
    case 'tanh':
      for (let i = 0; i < size; i++) dx[i] = dy[i]! * (1 - y[i]! * y[i]!);
      return;
  }
}
