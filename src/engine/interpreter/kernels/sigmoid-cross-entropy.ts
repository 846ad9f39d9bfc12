/**
 * Loss of each sample and its gradient with respect to its one logit. Targets are (1 - s) * label + s / 2. Labels must
 * have been checked.
 */
export function sigmoidCrossEntropy(
  logits: Float32Array,
  labels: Int32Array,
  smoothing: number,
  losses: Float32Array,
  gradient: Float32Array,
): void {
  for (let n = 0; n < labels.length; n++) {
    const logit = logits[n]!;
    const target = (1 - smoothing) * labels[n]! + smoothing / 2;
    // log(1 + exp(x)), of the magnitude alone, so that nothing overflows.
    const small = Math.exp(-Math.abs(logit));
    losses[n] = Math.max(logit, 0) + Math.log1p(small) - target * logit;
    gradient[n] = (logit >= 0 ? 1 : small) / (1 + small) - target;
  }
}
