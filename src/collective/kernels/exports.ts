/** What kernels.wasm exports (assembly/index.ts). Vectors are byte addresses, counts are floats. */
export interface KernelExports {
  copy(to: number, from: number, count: number): void;
  add(to: number, a: number, b: number, count: number): void;
  scale(to: number, from: number, factor: number, count: number): void;
  sumOfSquares(from: number, count: number): number;
  fold(
    to: number,
    program: number,
    length: number,
    sources: number,
    stack: number,
    scratch: number,
    count: number,
  ): void;
  addBfloat16(to: number, a: number, b: number, count: number): void;
  narrow(to: number, from: number, count: number): void;
  widen(to: number, from: number, count: number): void;
  foldBfloat16(to: number, program: number, length: number, sources: number, scratch: number, count: number): void;
  sgd(
    toParameters: number,
    parameters: number,
    gradients: number,
    count: number,
    gradientScale: number,
    weightDecay: number,
    rate: number,
  ): void;
  sgdMomentum(
    toParameters: number,
    toVelocities: number,
    parameters: number,
    velocities: number,
    gradients: number,
    count: number,
    gradientScale: number,
    weightDecay: number,
    rate: number,
    momentum: number,
    undamped: number,
    nesterov: number,
  ): void;
  adam(
    toParameters: number,
    toMeans: number,
    toSquares: number,
    parameters: number,
    means: number,
    squares: number,
    gradients: number,
    count: number,
    gradientScale: number,
    weightDecay: number,
    stepSize: number,
    oneMinusBeta1: number,
    beta2: number,
    oneMinusBeta2: number,
    correction: number,
    epsilon: number,
    shrink: number,
  ): void;
  rmsprop(
    toParameters: number,
    toSquares: number,
    toMeans: number,
    toVelocities: number,
    parameters: number,
    squares: number,
    means: number,
    velocities: number,
    gradients: number,
    count: number,
    gradientScale: number,
    weightDecay: number,
    rate: number,
    alpha: number,
    oneMinusAlpha: number,
    epsilon: number,
    momentum: number,
  ): void;
}
