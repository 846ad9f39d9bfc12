import { end, loadOne, storeOne, vectorEnd, WIDTH } from './vector';

/** to = from */
export function copy(to: usize, from: usize, count: usize): void {
  memory.copy(to, from, count << 2);
}

/** to = a + b. `to` may be a or b. */
export function add(to: usize, a: usize, b: usize, count: usize): void {
  // Four vectors a turn: the loop's own arithmetic would cost as much as the addition.
  const blocks: usize = to + ((count & ~15) << 2);
  while (to < blocks) {
    v128.store(to, f32x4.add(v128.load(a), v128.load(b)));
    v128.store(to, f32x4.add(v128.load(a, 16), v128.load(b, 16)), 16);
    v128.store(to, f32x4.add(v128.load(a, 32), v128.load(b, 32)), 32);
    v128.store(to, f32x4.add(v128.load(a, 48), v128.load(b, 48)), 48);
    to += 64;
    a += 64;
    b += 64;
  }
  const last: usize = end(to, count & 15);
  while (to < last) {
    storeOne(to, f32x4.add(loadOne(a), loadOne(b)));
    to += 4;
    a += 4;
    b += 4;
  }
}

/** to = from * factor. `to` may be from. */
export function scale(to: usize, from: usize, factor: f32, count: usize): void {
  const factors = f32x4.splat(factor);
  const vectors = vectorEnd(to, count);
  const last = end(to, count);
  while (to < vectors) {
    v128.store(to, f32x4.mul(v128.load(from), factors));
    to += WIDTH;
    from += WIDTH;
  }
  while (to < last) {
    storeOne(to, f32x4.mul(loadOne(from), factors));
    to += 4;
    from += 4;
  }
}

/**
 * Sum of squares in float64, in one fixed order: element i goes to partial sum i mod 4, then (0 + 1) + (2 + 3).
 */
export function sumOfSquares(from: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const vectors = vectorEnd(from, count);
  while (from < vectors) {
    const value = v128.load(from);
    const first = f64x2.promote_low_f32x4(value);
    const second = f64x2.promote_low_f32x4(v128.shuffle<i64>(value, value, 1, 0));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
    from += WIDTH;
  }
  // The rest fills up a vector with zeros, which change no partial sum (none is ever -0).
  const rest = count & 3;
  const one = rest > 0 ? <f64>f32.load(from) : 0;
  const two = rest > 1 ? <f64>f32.load(from, 4) : 0;
  const three = rest > 2 ? <f64>f32.load(from, 8) : 0;
  const partial0 = f64x2.extract_lane(low, 0) + one * one;
  const partial1 = f64x2.extract_lane(low, 1) + two * two;
  const partial2 = f64x2.extract_lane(high, 0) + three * three;
  const partial3 = f64x2.extract_lane(high, 1);
  return partial0 + partial1 + (partial2 + partial3);
}
