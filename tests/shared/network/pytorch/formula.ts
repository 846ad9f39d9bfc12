/** The numbers of golden.py, made by the same formula. */
export function hashed(stream: number, index: number): number {
  return bitsOf(stream, index) >>> 0;
}

/** The same 32 bits as an integer with a sign, which the loops below over millions of them compute with the quickest. */
function bitsOf(stream: number, index: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + Math.imul(stream, 0x85ebca77)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** Uniform on middle - scale .. middle + scale. */
export function uniform(stream: number, count: number, scale: number, middle = 0): Float32Array {
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    values[index] = ((bitsOf(stream, index) >>> 8) / 2 ** 23 - 1) * scale + middle;
  }
  return values;
}

/** Norm, sums with random signs, and a few elements of a tensor, in PyTorch's order of axes. */
export function digestOf(values: Float32Array, stream: number, sums: number, elements: number): readonly number[] {
  let squares = 0;
  const signed = new Float64Array(sums);
  for (let n = 0; n < sums; n++) {
    const signs = 10_000 + sums * stream + n;
    let sum = 0;
    // No branch: which way it goes is random, and a processor that guesses wrong each other time takes five times as long.
    for (let i = 0; i < values.length; i++) sum += values[i]! * (2 * (bitsOf(signs, i) & 1) - 1);
    signed[n] = sum;
  }
  for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  const some = Array.from({ length: elements }, (_, n) => values[hashed(20_000 + stream, n) % values.length]!);
  return [Math.sqrt(squares), ...signed, ...some];
}
