/** The activation functions that networks may use. */
export type ActivationKind = 'relu' | 'leaky_relu' | 'sigmoid' | 'tanh';

/** Slope of leaky_relu left of zero: PyTorch's default. */
export const LEAKY_RELU_SLOPE = 0.01;
