// Element-wise loops, 128 bits at a time. The rest of an odd length runs one element at a time through the same vector
// arithmetic (lane 0), so that each rule is written once and an element's result does not depend on where it lies.

export const WIDTH: usize = 16;

/** End of the part that goes by whole vectors. */
// @ts-ignore: decorator
@inline
export function vectorEnd(start: usize, count: usize): usize {
  return start + ((count & ~3) << 2);
}

// @ts-ignore: decorator
@inline
export function end(start: usize, count: usize): usize {
  return start + (count << 2);
}

/** One float in lane 0, zeros in the others. */
// @ts-ignore: decorator
@inline
export function loadOne(from: usize): v128 {
  return v128.load32_zero(from);
}

// @ts-ignore: decorator
@inline
export function storeOne(to: usize, value: v128): void {
  f32.store(to, f32x4.extract_lane(value, 0));
}
