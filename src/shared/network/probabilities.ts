/** One for each class. A single logit is that of the second of two classes. */
export function classLogits(logits: Float32Array): readonly number[] {
  return logits.length === 1 ? [0, logits[0]!] : [...logits];
}

/** How probable each class is, by the logits of one image: their softmax, in float64. */
export function probabilitiesOf(logits: Float32Array): readonly number[] {
  const all = classLogits(logits);
  const largest = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  // Relative to the largest, so that nothing overflows.
  const weights = all.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
