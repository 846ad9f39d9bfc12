import type { SweepEvent } from '../events.ts';
import { bar, fitted, type WantedText } from '../../ui/live-line.ts';
import { advance, type Progress, STARTING, trainingOf } from '../../ui/progress.ts';
import { clockText, lossText, percentText } from '../../ui/text.ts';
import { plural } from '../../../shared/plural.ts';

/** What the live line of a sweep shows. */
export interface SweepProgress {
  readonly runs: number;
  readonly finished: number;
  /** Ended since this sweep began, whatever came of them. */
  readonly ended: number;
  /** How many runs were not finished when the sweep began. */
  readonly missing: number;
  /** The runs that are going on, by their ids, in the order in which they began. */
  readonly running: ReadonlyMap<string, { readonly label: string; readonly progress: Progress }>;
  readonly best: { readonly label: string; readonly accuracy: number } | null;
  readonly stopping: boolean;
}

export const SWEEP_STARTING: SweepProgress = {
  runs: 0,
  finished: 0,
  ended: 0,
  missing: 0,
  running: new Map(),
  best: null,
  stopping: false,
};

export function advanceSweep(sweep: SweepProgress, event: SweepEvent): SweepProgress {
  switch (event.type) {
    case 'sweep':
      return { ...sweep, runs: event.runs, missing: event.missing, finished: event.runs - event.missing };
    case 'runStarted':
      return {
        ...sweep,
        running: new Map([...sweep.running, [event.run, { label: event.label, progress: STARTING }]]),
      };
    case 'run': {
      const run = sweep.running.get(event.run);
      if (run === undefined) return sweep;
      const progress = advance(run.progress, event.event, 0);
      return { ...sweep, running: new Map([...sweep.running, [event.run, { ...run, progress }]]) };
    }
    case 'runEnded': {
      const { run, label, finished, validationAccuracy: accuracy } = event;
      const running = new Map([...sweep.running].filter(([id]) => id !== run));
      const better = accuracy !== null && accuracy > (sweep.best?.accuracy ?? -1);
      return { ...sweep, finished, ended: sweep.ended + 1, running, best: better ? { label, accuracy } : sweep.best };
    }
    case 'stopping':
      return { ...sweep, stopping: true };
    case 'note':
    case 'sweepEnded':
      return sweep;
  }
}

/** The line that changes. `seconds`: since the sweep began. */
export function sweepLine(sweep: SweepProgress, seconds: number, columns: number): string {
  const { runs, finished, ended, missing, running, best, stopping } = sweep;
  if (stopping) {
    return fitted([[`stopping: ${running.size} running save and leave, Ctrl-C again leaves at once`, 1]], columns);
  }
  const parts = [...running.values()];
  const begun = parts.reduce((sum, { progress }) => sum + shareOf(progress), 0);
  const [first] = parts;
  const others = parts.length > 1 ? ` and ${parts.length - 1} more` : '';
  const share = missing === 0 ? 1 : (ended + begun) / missing;
  const texts: WantedText[] = [
    [bar(runs === 0 ? 0 : (finished + begun) / runs), 3],
    [`${finished} of ${plural(runs, 'run')}`, 6],
  ];
  if (first !== undefined) {
    texts.push([`${first.label}${others}`, 5]);
    if (first.progress.waiting === null) {
      texts.push([`epoch ${first.progress.epoch + 1}/${first.progress.epochs}`, 2]);
      const training = trainingOf(first.progress);
      if (training !== null) texts.push([`loss ${lossText(training.loss)}`, 1]);
    }
  }
  if (best !== null) texts.push([`best ${percentText(best.accuracy)}`, 4]);
  if (share > 0.02 && share < 1) texts.push([`${clockText((seconds / share) * (1 - share))} left`, 4]);
  return fitted(texts, columns);
}

function shareOf({ step, steps }: Progress): number {
  return steps === 0 ? 0 : step / steps;
}
