import type { Job } from '../../shared/job/schema.ts';
import type { EvaluationLine } from './history.ts';

/** What early stopping goes by; `patience` null: a run is not stopped early. */
export type Watch = Pick<Job, 'patience' | 'minDelta' | 'monitor' | 'evalEvery'>;

/** A run ends with the weights of `step` committed steps, whatever the plan says of more. */
export interface EarlyStop {
  readonly step: number;
  /** `stopped early at epoch 12: validation loss did not fall for 3 epochs` */
  readonly reason: string;
}

/**
 * Whether a run ends with its newest evaluation: the last `patience` ones were none better than the best before them, by more
 * than `minDelta`, as Keras counts. A function of the evaluations on record alone, so the same for every number of workers and
 * after every interruption. Null: it goes on.
 */
export function earlyStop(
  evaluations: readonly Pick<EvaluationLine, 'step' | 'epoch' | 'loss' | 'accuracy'>[],
  { patience, minDelta, monitor, evalEvery }: Watch,
): EarlyStop | null {
  if (patience === null) return null;
  let best = Number.NEGATIVE_INFINITY;
  let since = 0;
  for (const { loss, accuracy } of evaluations) {
    const figure = monitor === 'loss' ? -loss : accuracy;
    if (figure - minDelta > best) {
      best = figure;
      since = 0;
    } else since++;
  }
  const last = evaluations.at(-1);
  if (last === undefined || since < patience) return null;
  const unit = `${evalEvery === 1 ? 'epoch' : 'evaluation'}${since === 1 ? '' : 's'}`;
  const least = minDelta === 0 ? '' : ` by more than ${minDelta}`;
  const verb = monitor === 'loss' ? 'fall' : 'rise';
  const reason = `stopped early at epoch ${last.epoch + 1}: validation ${monitor} did not ${verb}${least} for ${since} ${unit}`;
  return { step: last.step, reason };
}
