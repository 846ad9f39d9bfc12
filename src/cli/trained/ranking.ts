export interface Guess {
  readonly label: string;
  readonly probability: number;
}

/** One for each class. A single logit is that of the second of two classes. */
function classLogits(logits: Float32Array): readonly number[] {
  return logits.length === 1 ? [0, logits[0]!] : [...logits];
}

/** How probable each class is, by the logits of one image. */
export function probabilitiesOf(logits: Float32Array): readonly number[] {
  const all = classLogits(logits);
  const largest = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  // Relative to the largest, so that nothing overflows.
  const weights = all.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The likeliest classes of one image, the likeliest first. */
export function likeliest(logits: Float32Array, classes: readonly string[], top: number): readonly Guess[] {
  const probabilities = probabilitiesOf(logits);
  // By logits, which still differ where probabilities are too small to.
  return classLogits(logits)
    .map((logit, index) => ({ label: classes[index]!, logit, probability: probabilities[index]! }))
    .toSorted((a, b) => b.logit - a.logit)
    .slice(0, top)
    .map(({ label, probability }) => ({ label, probability }));
}
