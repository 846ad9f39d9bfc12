import type { CheckpointFolder } from '../../shared/checkpoint/folder.ts';
import type { Clock } from '../../shared/clock.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { CourseChange } from '../progress/course-change.ts';
import type { RunEvent } from '../progress/events.ts';
import type { RunFolder } from './run-folder.ts';

/** What the workers of a run begin with. */
export interface Beginning {
  readonly step: number;
  readonly bytes: Uint8Array;
  readonly weightsDigest: string;
}

export interface ArchiveOptions {
  /** With its disk. */
  readonly folder: RunFolder;
  readonly checkpoints: CheckpointFolder;
  readonly job: CompleteJob;
  readonly plan: TrainingPlan;
  readonly dataset: DatasetDescription;
  /** Committed steps of the checkpoint that the run goes on from; 0: there is none. */
  readonly startStep: number;
  /** What is different from there on; left out: nothing. Where there is something, what is newer than the checkpoint goes. */
  readonly change?: CourseChange | null;
  /** What the run begins with where there is no checkpoint; left out, or null: initial values. */
  readonly given?: Beginning | null;
  readonly clock?: Clock;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Of a run that begins; left out: random. */
  readonly id?: string;
  /** For those who show it: what the archive tells itself is in its log already. */
  readonly onEvent: (event: RunEvent) => void;
  /** The record cannot be written, or what is to be kept is wrong: the run cannot go on. May be called more than once. */
  readonly onError: (error: unknown) => void;
}
