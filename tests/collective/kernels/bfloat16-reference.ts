const bits = new DataView(new ArrayBuffer(4));

export function floatOf(word: number): number {
  bits.setUint32(0, word >>> 0);
  return bits.getFloat32(0);
}

export function wordOf(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

/**
 * The upper half of the float32 that is nearest to `value` among those whose lower half is zero: by comparing the
 * distances of both neighbours. Beyond the largest lies 2^128, which stands for infinity.
 */
export function bfloat16Of(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  const word = wordOf(value);
  const towardsZero = word >>> 16;
  if (!Number.isFinite(value) || (word & 0xffff) === 0) return towardsZero;
  const magnitude = (half: number) => ((half & 0x7fff) === 0x7f80 ? 2 ** 128 : floatOf((half & 0x7fff) << 16));
  const below = Math.abs(value) - magnitude(towardsZero);
  const above = magnitude(towardsZero + 1) - Math.abs(value);
  const even = (towardsZero & 1) === 0 ? towardsZero : towardsZero + 1;
  return below < above ? towardsZero : above < below ? towardsZero + 1 : even;
}

/** `value` rounded to bfloat16. */
export function rounded(value: number): number {
  return floatOf(bfloat16Of(value) << 16);
}
