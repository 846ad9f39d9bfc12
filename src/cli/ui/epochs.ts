import type { RunEvent } from '../../coordinator/progress/events.ts';
import { clockText, lossText, percentText } from './text.ts';

/** What is said of an epoch once it is over. */
export interface EpochFigures {
  /** From 0. */
  readonly epoch: number;
  /** Means over its samples, as the network learned them; null: it was not trained here. */
  readonly training: Figures | null;
  /** Null: it was not evaluated. */
  readonly validation: Figures | null;
  readonly seconds: number;
}

export interface Figures {
  readonly loss: number;
  readonly accuracy: number;
}

/** An epoch on its way: sums over the samples so far. */
interface Tally {
  readonly epoch: number;
  readonly samples: number;
  readonly lossSum: number;
  readonly correct: number;
  /** When it began, in seconds. */
  readonly begun: number;
  /** Of its steps, which are more than have passed where it was trained while no coordinator was there. */
  readonly seconds: number;
}

export interface Epochs {
  readonly current: Tally | null;
  readonly done: readonly EpochFigures[];
}

export const NO_EPOCHS: Epochs = { current: null, done: [] };

/** `now`: seconds from any start. */
export function advanceEpochs(epochs: Epochs, event: RunEvent, now: number): Epochs {
  switch (event.type) {
    case 'step': {
      // One that is not evaluated is over when the next begins.
      const before =
        epochs.current === null || epochs.current.epoch === event.epoch
          ? epochs
          : ended(epochs, null, now - event.seconds);
      const { epoch, samples, loss, accuracy } = event;
      const tally = before.current ?? {
        epoch,
        samples: 0,
        lossSum: 0,
        correct: 0,
        begun: now - event.seconds,
        seconds: 0,
      };
      return {
        ...before,
        current: {
          ...tally,
          samples: tally.samples + samples,
          lossSum: tally.lossSum + loss * samples,
          correct: tally.correct + accuracy * samples,
          seconds: tally.seconds + event.seconds,
        },
      };
    }
    case 'evaluation': {
      const { epoch, loss, accuracy } = event;
      return ended(epochs, { epoch, loss, accuracy }, now);
    }
    case 'finished':
      return epochs.current === null ? epochs : ended(epochs, null, now);
    default:
      return epochs;
  }
}

function ended(
  { current, done }: Epochs,
  validation: (Figures & { readonly epoch: number }) | null,
  now: number,
): Epochs {
  const figures: EpochFigures = {
    epoch: validation?.epoch ?? current!.epoch,
    training: current === null ? null : figuresOf(current),
    validation: validation === null ? null : { loss: validation.loss, accuracy: validation.accuracy },
    seconds: current === null ? 0 : Math.max(now - current.begun, current.seconds),
  };
  return { current: null, done: [...done, figures] };
}

export function figuresOf({ samples, lossSum, correct }: Tally): Figures {
  return { loss: lossSum / samples, accuracy: correct / samples };
}

/** One line: fits 80 columns behind `epoch 12  `. */
export function epochText({ training, validation, seconds }: EpochFigures): string {
  const figures = ({ loss, accuracy }: Figures): string => `loss ${lossText(loss)}, ${percentText(accuracy)}`;
  return [
    ...(training === null ? [] : [`training ${figures(training)}`]),
    ...(validation === null ? [] : [`validation ${figures(validation)}`]),
    ...(training === null ? [] : [clockText(seconds)]),
  ].join('  ');
}
