export interface Evaluation {
  /** Committed steps. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
}

/** The one with the highest accuracy, the first of equals: whose weights are kept. One without a finite loss never is. */
export function bestOf(evaluations: readonly Evaluation[]): Evaluation | null {
  const finite = evaluations.filter(({ loss }) => Number.isFinite(loss));
  return finite.reduce<Evaluation | null>(
    (best, evaluation) => (best === null || evaluation.accuracy > best.accuracy ? evaluation : best),
    null,
  );
}

/** Committed steps after which the accuracy first was that high; null: never. */
export function stepsTo(accuracy: number, evaluations: readonly Evaluation[]): number | null {
  return evaluations.find((evaluation) => evaluation.accuracy >= accuracy)?.step ?? null;
}
