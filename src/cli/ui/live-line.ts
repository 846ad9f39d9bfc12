import { visible } from '../../shared/visible.ts';
import { type Progress, trainingOf } from './progress.ts';
import { clockText, lossText, percentText, rateText } from './text.ts';

const BAR = 12;

/**
 * The one line that changes, at most `columns` wide: what does not fit is left out from the least wanted on, so that the
 * line never wraps (a wrapped line cannot be taken back).
 */
export function liveLine(progress: Progress, columns: number): string {
  const { waiting, stopping } = progress;
  if (stopping) return fit(['stopping after this step, Ctrl-C again leaves at once'], columns);
  if (waiting !== null) return fit([`${waiting} ...`], columns);
  const done = progress.steps === 0 ? 0 : progress.step / progress.steps;
  const { validation, secondsLeft: left } = progress;
  const training = trainingOf(progress);
  // In the order in which they stand; the number says which goes first where room is short.
  const parts: readonly WantedText[] = [
    [bar(done), 1],
    [`epoch ${Math.min(progress.epoch + 1, progress.epochs)}/${progress.epochs}`, 7],
    [`step ${progress.step}/${progress.steps}`, 4],
    ...(training === null
      ? []
      : ([
          [`loss ${lossText(training.loss)}`, 8],
          [`accuracy ${percentText(training.accuracy)}`, 6],
        ] as const)),
    ...(validation === null
      ? []
      : ([[`validation ${lossText(validation.loss)}, ${percentText(validation.accuracy)}`, 5]] as const)),
    [rateText(progress.imagesPerSecond), 3],
    ...(left === null ? [] : ([[`${clockText(left)} left`, 2]] as const)),
  ];
  return fitted(parts, columns);
}

/** A text, and how much it is wanted: where room is short, the lowest numbers go first. */
export type WantedText = readonly [text: string, keep: number];

/** The texts in their order, as many as fit. */
export function fitted(parts: readonly WantedText[], columns: number): string {
  const shown = parts.map(([text, keep]): WantedText => [visible(text), keep]);
  while (shown.length > 1 && widthOf(shown.map(([text]) => text)) > columns) {
    const least = shown.reduce((lowest, part, index) => (part[1] < (shown[lowest]?.[1] ?? 0) ? index : lowest), 0);
    shown.splice(least, 1);
  }
  return fit(
    shown.map(([text]) => text),
    columns,
  );
}

const GAP = '  ';

function widthOf(parts: readonly string[]): number {
  return parts.join(GAP).length;
}

function fit(parts: readonly string[], columns: number): string {
  return parts.join(GAP).slice(0, Math.max(0, columns));
}

/** Every character is one column wide. */
export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return `${'━'.repeat(full)}${'─'.repeat(BAR - full)}`;
}
