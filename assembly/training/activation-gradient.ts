import { end, loadOne, storeOne, vectorEnd, WIDTH } from '../vector';

/** Activations by number, as in src/engine/interpreter/lower/wasm-activation-grad.ts. */
const RELU: i32 = 0;
const LEAKY_RELU: i32 = 1;
const SIGMOID: i32 = 2;

/** dx = dy * f'(x), from the activation's output y. `slope` is leaky_relu's. */
export function activationGradient(dx: usize, dy: usize, y: usize, kind: i32, slope: f32, count: usize): void {
  const vectors = vectorEnd(dx, count);
  const last = end(dx, count);
  const slopes = f32x4.splat(slope);
  while (dx < last) {
    const whole = dx < vectors;
    const gradient = whole ? v128.load(dy) : loadOne(dy);
    const output = whole ? v128.load(y) : loadOne(y);
    const result = product(gradient, output, kind, slopes);
    if (whole) v128.store(dx, result);
    else storeOne(dx, result);
    const advance: usize = whole ? WIDTH : 4;
    dx += advance;
    dy += advance;
    y += advance;
  }
}

// @ts-ignore: decorator
@inline
function product(dy: v128, y: v128, kind: i32, slopes: v128): v128 {
  const one = f32x4.splat(1);
  const positive = f32x4.gt(y, f32x4.splat(0));
  if (kind == RELU) return v128.and(dy, positive);
  if (kind == LEAKY_RELU) return v128.bitselect(dy, f32x4.mul(dy, slopes), positive);
  if (kind == SIGMOID) return f32x4.mul(f32x4.mul(dy, y), f32x4.sub(one, y));
  return f32x4.mul(dy, f32x4.sub(one, f32x4.mul(y, y)));
}
