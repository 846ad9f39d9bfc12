export interface Guess {
  readonly label: string;
  readonly probability: number;
}

/** The likeliest classes of one image, the likeliest first. */
export function likeliest(logits: Float32Array, classes: readonly string[], top: number): readonly Guess[] {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  // Relative to the largest, so that nothing overflows.
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  // By logits, which still differ where probabilities are too small to.
  return classes
    .map((label, index) => ({ label, logit: logits[index] ?? 0, probability: (weights[index] ?? 0) / sum }))
    .toSorted((a, b) => b.logit - a.logit)
    .slice(0, top)
    .map(({ label, probability }) => ({ label, probability }));
}
