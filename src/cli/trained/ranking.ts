import { classLogits, probabilitiesOf } from '../../shared/network/probabilities.ts';

export interface Guess {
  readonly label: string;
  readonly probability: number;
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
