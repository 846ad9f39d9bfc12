import { end, loadOne, storeOne } from './vector';

// bfloat16 is the upper half of a float32. A vector of it has two bytes an element; a float32 is `rounded` where its lower
// half is zero, so that bfloat16 has it.

/** The nearest that bfloat16 has, ties to even. Every NaN becomes the same one, so that equal sums have equal bits. */
// @ts-ignore: decorator
@inline
function rounded(value: v128): v128 {
  const odd = v128.and(i32x4.shr_u(value, 16), i32x4.splat(1));
  const near = i32x4.add(i32x4.add(value, i32x4.splat(0x7fff)), odd);
  const upper = v128.and(near, i32x4.splat(0xffff0000));
  return v128.bitselect(i32x4.splat(0x7fc00000), upper, f32x4.ne(value, value));
}

/** to = a + b, operands and sum rounded. `to` may be a or b. */
export function addBfloat16(to: usize, a: usize, b: usize, count: usize): void {
  const blocks: usize = end(to, count & ~7);
  const last: usize = end(to, count);
  while (to < blocks) {
    v128.store(to, rounded(f32x4.add(rounded(v128.load(a)), rounded(v128.load(b)))));
    v128.store(to, rounded(f32x4.add(rounded(v128.load(a, 16)), rounded(v128.load(b, 16)))), 16);
    to += 32;
    a += 32;
    b += 32;
  }
  while (to < last) {
    storeOne(to, rounded(f32x4.add(rounded(loadOne(a)), rounded(loadOne(b)))));
    to += 4;
    a += 4;
    b += 4;
  }
}

/** Rounds `count` float32 to bfloat16. */
export function narrow(to: usize, from: usize, count: usize): void {
  const blocks: usize = end(from, count & ~7);
  const last: usize = end(from, count);
  while (from < blocks) {
    const low = rounded(v128.load(from));
    const high = rounded(v128.load(from, 16));
    v128.store(to, v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15));
    to += 16;
    from += 32;
  }
  while (from < last) {
    store<u16>(to, <u16>(i32x4.extract_lane(rounded(loadOne(from)), 0) >>> 16));
    to += 2;
    from += 4;
  }
}

/** The `count` float32 that as many bfloat16 are. */
export function widen(to: usize, from: usize, count: usize): void {
  const blocks: usize = end(to, count & ~7);
  const last: usize = end(to, count);
  const zeros = i32x4.splat(0);
  while (to < blocks) {
    const value = v128.load(from);
    v128.store(to, v128.shuffle<i16>(zeros, value, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(zeros, value, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    to += 32;
    from += 16;
  }
  while (to < last) {
    store<u32>(to, (<u32>load<u16>(from)) << 16);
    to += 4;
    from += 2;
  }
}

/**
 * The sums of eight bfloat16 and eight others, rounded. As 32 bits, two beside each other are the odd one and, below it, the even
 * one: each is a float32 once the other is shifted or masked away.
 */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128): v128 {
  const evens = rounded(f32x4.add(i32x4.shl(a, 16), i32x4.shl(b, 16)));
  const upper = i32x4.splat(0xffff0000);
  const odds = rounded(f32x4.add(v128.and(a, upper), v128.and(b, upper)));
  return v128.or(i32x4.shr_u(evens, 16), odds);
}

/** to = a + b of as many bfloat16, the sum rounded. `to` may be a or b. */
// @ts-ignore: decorator
@inline
export function addNarrow(to: usize, a: usize, b: usize, count: usize): void {
  const blocks: usize = to + ((count & ~15) << 1);
  const last: usize = to + (count << 1);
  while (to < blocks) {
    v128.store(to, sums(v128.load(a), v128.load(b)));
    v128.store(to, sums(v128.load(a, 16), v128.load(b, 16)), 16);
    to += 32;
    a += 32;
    b += 32;
  }
  while (to < last) {
    const sum = sums(i32x4.splat(load<u16>(a)), i32x4.splat(load<u16>(b)));
    store<u16>(to, <u16>i32x4.extract_lane(sum, 0));
    to += 2;
    a += 2;
    b += 2;
  }
}
