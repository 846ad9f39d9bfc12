import type { Outcomes } from '../trained/measure.ts';

/** A sample that the model took for something else. */
export interface Mistake {
  /** Its number among the samples. */
  readonly sample: number;
  readonly actual: number;
  /** -1: none. */
  readonly decided: number;
  readonly probability: number;
  readonly loss: number;
}

/** The mistakes with the highest loss, the worst first. A loss that is no number is the worst. */
export function worstMistakes(outcomes: Outcomes, most: number): readonly Mistake[] {
  const { labels, decisions, probabilities, losses } = outcomes;
  const mistakes: Mistake[] = [];
  labels.forEach((actual, sample) => {
    const decided = decisions[sample]!;
    if (decided === actual) return;
    mistakes.push({ sample, actual, decided, probability: probabilities[sample]!, loss: losses[sample]! });
  });
  return mistakes.toSorted((a, b) => badness(b) - badness(a) || a.sample - b.sample).slice(0, most);
}

function badness({ loss }: Mistake): number {
  // Large enough for any loss, and finite: two infinities have no difference.
  return Number.isFinite(loss) ? loss : Number.MAX_VALUE;
}
