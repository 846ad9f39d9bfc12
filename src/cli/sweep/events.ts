import type { RunEvent } from '../../coordinator/progress/events.ts';
import type { Diagnosis } from './results/diagnosis.ts';

/** What a sweep tells whoever shows it. `run` is a run's id, the name of its folder. */
export type SweepEvent =
  | {
      readonly type: 'sweep';
      readonly dir: string;
      readonly runs: number;
      /** How many of the runs are not finished yet, and are run now. */
      readonly missing: number;
      readonly parallel: number;
      /** How many workers each run gets. */
      readonly workers: number;
    }
  | { readonly type: 'note'; readonly message: string }
  | { readonly type: 'runStarted'; readonly run: string; readonly label: string; readonly resumed: boolean }
  | { readonly type: 'run'; readonly run: string; readonly event: RunEvent }
  | {
      readonly type: 'runEnded';
      readonly run: string;
      readonly label: string;
      readonly verdict: Diagnosis['verdict'];
      readonly sentence: string;
      readonly validationAccuracy: number | null;
      readonly validationLoss: number | null;
      /** Runs of the sweep that need not run again. */
      readonly finished: number;
      readonly runs: number;
    }
  | { readonly type: 'stopping'; readonly reason: string }
  | { readonly type: 'sweepEnded'; readonly finished: number; readonly runs: number; readonly report: string };
