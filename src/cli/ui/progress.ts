import type { RunEvent } from '../../coordinator/progress/events.ts';
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
  readonly loss: number;
  readonly accuracy: number;
  readonly validationAccuracy: number | null;
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
  loss: 0,
  accuracy: 0,
  validationAccuracy: null,
  imagesPerSecond: 0,
  secondsLeft: null,
  stopping: false,
};

export function advance(progress: Progress, event: RunEvent): Progress {
  switch (event.type) {
    case 'dataset':
      return { ...progress, waiting: 'starting workers' };
    case 'workerJoined':
      return {
        ...progress,
        waiting: `${event.joined} of ${plural(event.wanted, 'worker')} ${isOrAre(event.wanted)} here`,
      };
    case 'generation':
      return { ...progress, waiting: 'connecting workers' };
    case 'step': {
      const { step, steps, epoch, epochs, loss, accuracy, imagesPerSecond, samples } = event;
      // The short last batch of an epoch is not worth an error of its own.
      const secondsLeft = imagesPerSecond > 0 ? ((steps - step) * samples) / imagesPerSecond : null;
      return { ...progress, waiting: null, step, steps, epoch, epochs, loss, accuracy, imagesPerSecond, secondsLeft };
    }
    case 'evaluation':
      return { ...progress, validationAccuracy: event.accuracy };
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
