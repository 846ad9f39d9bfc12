import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../../program/operations.ts';
import { sizeOf } from '../../../network/layout.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import type { Kind, Lowering } from './lowering.ts';

/** As in assembly/training/activation-gradient.ts. */
const NUMBERS: { readonly [Name in ActivationKind]: number } = { relu: 0, leaky_relu: 1, sigmoid: 2, tanh: 3 };

export function activationGradientLowering(kernels: TrainingKernels): Lowering<Kind<'activationGrad'>> {
  return (backend, { kind }, [dy, y], [shape]) => {
    const dx = backend.allocate(shape!);
    const addresses = backend.addresses(dx, dy!, y!);
    kernels.activationGradient(...addresses, NUMBERS[kind], LEAKY_RELU_SLOPE, sizeOf(shape!));
    return [dx];
  };
}
