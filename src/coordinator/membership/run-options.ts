import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import type { RunEvent, RunSummary } from '../progress/events.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Deadlines } from './deadlines.ts';
import type { Workers } from './facts.ts';
import type { Beginning, Keeper } from './keeper.ts';
import type { Generation } from './model.ts';

/** Folds gradients for workers that cannot reach each other. */
export interface ReduceHub {
  /** Lets the members of the generation in, and ends what was open of an older one. */
  open(generation: Generation, onLost: (rank: number, reason: string) => void): void;
  close(): void;
}

export interface RunOptions {
  readonly job: CompleteJob;
  readonly plan: TrainingPlan;
  readonly dataset: DatasetDescription;
  /** Images that were left out of it. */
  readonly skipped: number;
  readonly workers: Workers;
  /** What workers begin with: as `keeper.beginning()` says it. */
  readonly resume: Beginning | null;
  /** The run goes on with other settings from `resume` on: what workers hold of later steps is of no use. */
  readonly changed: boolean;
  /** By its record somebody paused the run, and it was not let go on before its coordinator ended. */
  readonly paused: boolean;
  /** The workers of a run do not end with its coordinator: they are waited for, and a pause that the run was left in goes on. */
  readonly workersLiveOn: boolean;
  /** What was last said of the run that goes on; null: nothing. */
  readonly earlier: RunSummary | null;
  /** Where workers find the coordinator, and how the run is continued, for sentences. */
  readonly url: string;
  readonly resumeCommand: string;
  readonly keeper: Keeper;
  readonly hub: ReduceHub;
  readonly clock: Clock;
  /** A fresh key for a generation. */
  readonly key: () => string;
  readonly deadlines: Deadlines;
  readonly onEvent: (event: RunEvent) => void;
  /** A message of a generation that is over was dropped. */
  readonly onStale: () => void;
  /** Bytes that a checkpoint can have at most; as the protocol allows where not given. */
  readonly mostStateBytes?: number;
}
