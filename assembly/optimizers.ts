import { end, loadOne, storeOne, vectorEnd, WIDTH } from './vector';

// The update rules of PyTorch's optimisers. Each reads the current parameters and state and writes the next ones ("to..."
// may also be the same memory). Every operation rounds to float32, and none is fused or reordered, so that the same
// bytes come out everywhere. Elements of an odd rest go one at a time through lane 0 of the same arithmetic.

/** The mean gradient plus weight decay: gradient * scale + decay * parameter. */
// @ts-ignore: decorator
@inline
function decayed(gradient: v128, parameter: v128, scale: v128, decay: v128): v128 {
  return f32x4.add(f32x4.mul(gradient, scale), f32x4.mul(parameter, decay));
}

// @ts-ignore: decorator
@inline
function read(from: usize, whole: bool): v128 {
  return whole ? v128.load(from) : loadOne(from);
}

// @ts-ignore: decorator
@inline
function write(to: usize, value: v128, whole: bool): void {
  if (whole) v128.store(to, value);
  else storeOne(to, value);
}

/** parameter -= rate * gradient */
export function sgd(
  toParameters: usize,
  parameters: usize,
  gradients: usize,
  count: usize,
  gradientScale: f32,
  weightDecay: f32,
  rate: f32,
): void {
  const scale = f32x4.splat(gradientScale);
  const decay = f32x4.splat(weightDecay);
  const rates = f32x4.splat(rate);
  const vectors = vectorEnd(parameters, count);
  const last = end(parameters, count);
  while (parameters < last) {
    const whole = parameters < vectors;
    const p = read(parameters, whole);
    const g = decayed(read(gradients, whole), p, scale, decay);
    write(toParameters, f32x4.sub(p, f32x4.mul(rates, g)), whole);
    const advance: usize = whole ? WIDTH : 4;
    toParameters += advance;
    parameters += advance;
    gradients += advance;
  }
}

/**
 * velocity = momentum * velocity + undamped * gradient; parameter -= rate * velocity, or with Nesterov's momentum
 * parameter -= rate * (gradient + momentum * velocity). `undamped` is 1 - dampening, and 1 at the first step.
 */
export function sgdMomentum(
  toParameters: usize,
  toVelocities: usize,
  parameters: usize,
  velocities: usize,
  gradients: usize,
  count: usize,
  gradientScale: f32,
  weightDecay: f32,
  rate: f32,
  momentum: f32,
  undamped: f32,
  nesterov: bool,
): void {
  const scale = f32x4.splat(gradientScale);
  const decay = f32x4.splat(weightDecay);
  const rates = f32x4.splat(rate);
  const momenta = f32x4.splat(momentum);
  const share = f32x4.splat(undamped);
  const vectors = vectorEnd(parameters, count);
  const last = end(parameters, count);
  while (parameters < last) {
    const whole = parameters < vectors;
    const p = read(parameters, whole);
    const g = decayed(read(gradients, whole), p, scale, decay);
    const v = f32x4.add(f32x4.mul(momenta, read(velocities, whole)), f32x4.mul(share, g));
    const direction = nesterov ? f32x4.add(g, f32x4.mul(momenta, v)) : v;
    write(toVelocities, v, whole);
    write(toParameters, f32x4.sub(p, f32x4.mul(rates, direction)), whole);
    const advance: usize = whole ? WIDTH : 4;
    toParameters += advance;
    toVelocities += advance;
    parameters += advance;
    velocities += advance;
    gradients += advance;
  }
}

/**
 * mean += (1 - beta1) * (gradient - mean); square = beta2 * square + (1 - beta2) * gradient^2;
 * parameter = shrink * parameter - stepSize * mean / (sqrt(square) / correction + epsilon), where stepSize = rate / (1 -
 * beta1^t) and correction = sqrt(1 - beta2^t) come from outside. `shrink` is 1 but for AdamW, which has 1 - rate * decay
 * here and a `weightDecay` of 0.
 */
export function adam(
  toParameters: usize,
  toMeans: usize,
  toSquares: usize,
  parameters: usize,
  means: usize,
  squares: usize,
  gradients: usize,
  count: usize,
  gradientScale: f32,
  weightDecay: f32,
  stepSize: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  correction: f32,
  epsilon: f32,
  shrink: f32,
): void {
  const scale = f32x4.splat(gradientScale);
  const decay = f32x4.splat(weightDecay);
  const shrinks = f32x4.splat(shrink);
  const sizes = f32x4.splat(stepSize);
  const newMean = f32x4.splat(oneMinusBeta1);
  const oldSquare = f32x4.splat(beta2);
  const newSquare = f32x4.splat(oneMinusBeta2);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  const vectors = vectorEnd(parameters, count);
  const last = end(parameters, count);
  while (parameters < last) {
    const whole = parameters < vectors;
    const p = read(parameters, whole);
    const g = decayed(read(gradients, whole), p, scale, decay);
    const oldMean = read(means, whole);
    const mean = f32x4.add(oldMean, f32x4.mul(newMean, f32x4.sub(g, oldMean)));
    const square = f32x4.add(
      f32x4.mul(oldSquare, read(squares, whole)),
      f32x4.mul(f32x4.mul(newSquare, g), g),
    );
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(square), corrections), epsilons);
    write(toMeans, mean, whole);
    write(toSquares, square, whole);
    write(toParameters, f32x4.sub(f32x4.mul(shrinks, p), f32x4.div(f32x4.mul(sizes, mean), denominator)), whole);
    const advance: usize = whole ? WIDTH : 4;
    toParameters += advance;
    toMeans += advance;
    toSquares += advance;
    parameters += advance;
    means += advance;
    squares += advance;
    gradients += advance;
  }
}

/**
 * square = alpha * square + (1 - alpha) * gradient^2; direction = gradient / (sqrt(square) + epsilon). Centred: mean +=
 * (1 - alpha) * (gradient - mean), and sqrt(square - mean^2) instead. With momentum: velocity = momentum * velocity +
 * direction is what moves the parameter. An address of 0 says that there is no mean, or no velocity.
 */
export function rmsprop(
  toParameters: usize,
  toSquares: usize,
  toMeans: usize,
  toVelocities: usize,
  parameters: usize,
  squares: usize,
  means: usize,
  velocities: usize,
  gradients: usize,
  count: usize,
  gradientScale: f32,
  weightDecay: f32,
  rate: f32,
  alpha: f32,
  oneMinusAlpha: f32,
  epsilon: f32,
  momentum: f32,
): void {
  const centred = means != 0;
  const moving = velocities != 0;
  const scale = f32x4.splat(gradientScale);
  const decay = f32x4.splat(weightDecay);
  const rates = f32x4.splat(rate);
  const old = f32x4.splat(alpha);
  const fresh = f32x4.splat(oneMinusAlpha);
  const epsilons = f32x4.splat(epsilon);
  const momenta = f32x4.splat(momentum);
  const vectors = vectorEnd(parameters, count);
  const last = end(parameters, count);
  while (parameters < last) {
    const whole = parameters < vectors;
    const advance: usize = whole ? WIDTH : 4;
    const p = read(parameters, whole);
    const g = decayed(read(gradients, whole), p, scale, decay);
    const square = f32x4.add(f32x4.mul(old, read(squares, whole)), f32x4.mul(f32x4.mul(fresh, g), g));
    write(toSquares, square, whole);
    let spread = square;
    if (centred) {
      const oldMean = read(means, whole);
      const mean = f32x4.add(oldMean, f32x4.mul(fresh, f32x4.sub(g, oldMean)));
      write(toMeans, mean, whole);
      spread = f32x4.sub(square, f32x4.mul(mean, mean));
      toMeans += advance;
      means += advance;
    }
    const denominator = f32x4.add(f32x4.sqrt(spread), epsilons);
    let move: v128;
    if (moving) {
      const velocity = f32x4.add(f32x4.mul(momenta, read(velocities, whole)), f32x4.div(g, denominator));
      write(toVelocities, velocity, whole);
      toVelocities += advance;
      velocities += advance;
      move = f32x4.mul(rates, velocity);
    } else {
      move = f32x4.div(f32x4.mul(rates, g), denominator);
    }
    write(toParameters, f32x4.sub(p, move), whole);
    toParameters += advance;
    toSquares += advance;
    parameters += advance;
    squares += advance;
    gradients += advance;
  }
}
