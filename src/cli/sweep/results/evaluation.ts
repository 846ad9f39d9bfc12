import { isBetter, type Monitor } from '../../../shared/checkpoint/best.ts';

export interface Evaluation {
  /** Committed steps. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
  /** How many it is over; null: not known. */
  readonly samples: number | null;
  /** The share of the samples that are of the most frequent class; null: not counted. */
  readonly largestClass: number | null;
  /** How many samples each class was the answer to; null: not counted. */
  readonly answers: readonly number[] | null;
}

/** The best by what is monitored, the first of equals: whose weights are kept. One without a finite loss never is. */
export function bestOf(evaluations: readonly Evaluation[], monitor: Monitor = 'accuracy'): Evaluation | null {
  const measured = ({ accuracy, loss }: Evaluation) => ({ validationAccuracy: accuracy, validationLoss: loss });
  const finite = evaluations.filter(({ loss }) => Number.isFinite(loss));
  return finite.reduce<Evaluation | null>(
    (best, one) => (isBetter(monitor, measured(one), best === null ? null : measured(best)) ? one : best),
    null,
  );
}

/** Committed steps after which the accuracy first was that high; null: never. */
export function stepsTo(accuracy: number, evaluations: readonly Evaluation[]): number | null {
  return evaluations.find((evaluation) => evaluation.accuracy >= accuracy)?.step ?? null;
}
