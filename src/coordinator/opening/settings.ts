import { readClassWeights } from '../../data/class-weights.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { conflictIn } from '../../shared/job/checks.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import { requireKnownRate } from '../../shared/job/known-rate.ts';
import type { Job } from '../../shared/job/schema.ts';
import { completeJob, resumedJob } from '../store/job-file.ts';
import type { RunFolder } from '../store/run-folder.ts';
import type { GivenWeights } from './given-weights.ts';

/** What whoever starts a coordinator says of the run itself. */
export interface AskedRun {
  readonly job: Job;
  readonly runDir: string;
  readonly resume: boolean;
  /** How many to wait for before training begins. */
  readonly workers: number;
  /** With how many it goes on after a loss; null: not given. */
  readonly minWorkers?: number | null;
  /** How many train at most; null: as many as `workers`. */
  readonly maxWorkers?: number | null;
  /** What the run begins with where its job names weights. */
  readonly weights: GivenWeights;
}

/** Settings that fit each other and the run folder; the dataset has not been looked at. */
export interface Settings {
  readonly folder: RunFolder;
  readonly resume: boolean;
  readonly job: CompleteJob;
  /** Of the run that goes on, as it lies in its folder; null: a new run. */
  readonly stored: CompleteJob | null;
  readonly weights: GivenWeights;
  /** Sentences to tell the user of the settings, as those that were taken from the weights of another network. */
  readonly notices: readonly string[];
}

/**
 * Refuses, by throwing a GradsocketError, what can be refused without the dataset. Writes nothing, but locks the folder of a run
 * that goes on.
 */
export async function settingsOf(
  { job: given, resume, workers, weights }: AskedRun,
  folder: RunFolder,
): Promise<Settings> {
  const stored = resume ? await folder.open() : null;
  const asked = { ...given, classWeights: await readClassWeights(given.classWeights) };
  // Whoever starts a coordinator has found it by then, or cannot.
  if (stored === null) requireKnownRate(asked);
  const job = stored === null ? completeJob(asked) : resumedJob(stored, asked, await folder.keeps('threads'));
  if (stored === null) await folder.refuseIfTaken(job.data);
  const conflict = conflictIn(job, workers);
  if (conflict !== null) throw new GradsocketError('SETTINGS_CONFLICT', EXIT.configuration, conflict.message);
  // Before its checkpoints are read: whoever leads it now may be writing one.
  if (resume) await folder.lock();
  // A run that goes on has it in its job.
  const prepared = resume ? { job, notices: [] } : await weights.prepare(job);
  return { folder, resume, stored, weights, ...prepared };
}
