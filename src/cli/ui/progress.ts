import type { RunEvent } from '../../coordinator/progress/events.ts';
import { advanceEpochs, type Epochs, type Figures, figuresOf, NO_EPOCHS } from './epochs.ts';
import { isOrAre, plural } from '../../shared/plural.ts';

/** What the live line shows: the newest of everything that changes while a run goes on. */
export interface Progress {
  /** What happens before the first step; null once steps run. */
  readonly waiting: string | null;
  readonly step: number;
  readonly steps: number;
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** The newest evaluation; null: none yet. */
  readonly validation: Figures | null;
  /** Those that are over, and how the present one goes. */
  readonly history: Epochs;
  readonly imagesPerSecond: number;
  /** Until the last step; null: not known yet. */
  readonly secondsLeft: number | null;
  readonly stopping: boolean;
}

export const STARTING: Progress = {
  waiting: 'opening the dataset',
  step: 0,
  steps: 0,
  epoch: 0,
  epochs: 0,
  validation: null,
  history: NO_EPOCHS,
  imagesPerSecond: 0,
  secondsLeft: null,
  stopping: false,
};

/** `now`: seconds from any start. */
export function advance(before: Progress, event: RunEvent, now: number): Progress {
  const progress = { ...before, history: advanceEpochs(before.history, event, now) };
  switch (event.type) {
    case 'dataset':
      return { ...progress, waiting: 'starting workers' };
    case 'workerJoined':
      return {
        ...progress,
        waiting: `${event.joined} of ${plural(event.wanted, 'worker')} ${isOrAre(event.wanted)} here`,
      };
    case 'generation':
      return { ...progress, waiting: beforeStep(event) };
    case 'step': {
      const { step, steps, epoch, epochs, imagesPerSecond, samples } = event;
      // The short last batch of an epoch is not worth an error of its own.
      const secondsLeft = imagesPerSecond > 0 ? ((steps - step) * samples) / imagesPerSecond : null;
      return { ...progress, waiting: null, step, steps, epoch, epochs, imagesPerSecond, secondsLeft };
    }
    case 'evaluation':
      return { ...progress, validation: { loss: event.loss, accuracy: event.accuracy } };
    case 'paused':
      return { ...progress, waiting: 'paused' };
    case 'stopping':
      return { ...progress, stopping: true };
    case 'listening':
    case 'resumed':
    case 'workerLost':
    case 'workerAway':
    case 'workerBack':
    case 'workerLeaving':
    case 'workerLeft':
    case 'workerHealed':
    case 'workerStep':
    case 'checkpoint':
    case 'unpaused':
    case 'warning':
    case 'finished':
    case 'failed':
      return progress;
  }
}

/** Workers connect in a moment; their first step takes long, as engines then make ready what they compute with. */
function beforeStep({ generation, workers, step }: Extract<RunEvent, { type: 'generation' }>): string {
  const who = plural(workers, 'worker');
  return generation <= 1
    ? `${who} ${workers === 1 ? 'computes its' : 'compute their'} first step, which takes longest`
    : `${who} ${workers === 1 ? 'goes' : 'go'} on after step ${step}`;
}

/** Of the present epoch so far; between two, of the one before. Null: nothing was trained yet. */
export function trainingOf({ history: { current, done } }: Progress): Figures | null {
  return current === null ? (done.at(-1)?.training ?? null) : figuresOf(current);
}
