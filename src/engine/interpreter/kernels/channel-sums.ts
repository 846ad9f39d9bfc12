/** Sums over all axes but the last, in float64. `out` has one element per channel. */
export function channelSums(x: Float32Array, out: Float32Array): void {
  const channels = out.length;
  const sums = new Float64Array(channels);
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) sums[c]! += x[i + c]!;
  }
  out.set(sums);
}
