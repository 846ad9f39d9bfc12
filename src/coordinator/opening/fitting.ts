/** Whether a run that goes on is still the one that it was, as far as values can say it. Each refuses by throwing. */
import { someOf } from '../../data/files/some.ts';
import { jobFingerprint } from '../../shared/checkpoint/fingerprint.ts';
import type { FoundCheckpoint } from '../../shared/checkpoint/folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import type { Job } from '../../shared/job/schema.ts';
import { totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { type CourseChange, changeText, howToTrainOn } from '../progress/course-change.ts';
import { allAre } from '../../shared/plural.ts';

/** So that job.yaml never says what no step was trained with. */
export function refuseUseless(change: CourseChange, job: Job, plan: TrainingPlan): void {
  if (change.step < totalSteps(plan)) return;
  // Another schedule may have another end.
  const more = 'schedule' in change.to ? 'Raise --epochs or --steps, too.' : howToTrainOn(job);
  throw new GradsocketError(
    'JOB_CHANGED',
    EXIT.configuration,
    `${changeText(change)} would change nothing, as ${allAre(change.step, 'step')} done. ${more}`,
  );
}

/** The job's fixed settings were compared before; what is left to differ is the dataset. */
export function refuseOther({ checkpoint }: FoundCheckpoint, job: CompleteJob, dataset: DatasetDescription): void {
  const run = { datasetDigest: dataset.digest, microbatches: job.microbatches };
  if (checkpoint.fingerprint === jobFingerprint(job, run)) return;
  throw new GradsocketError(
    'JOB_CHANGED',
    EXIT.configuration,
    `${checkpoint.file} belongs to a run with other settings or other data than job.yaml and --data say. Bring back what ` +
      `it was trained with, or start a new run in another --run-dir.`,
  );
}

/** Early stopping goes by evaluations. */
export function refuseUnwatched({ patience }: CompleteJob, { validationSamples, name }: DatasetDescription): void {
  if (patience === null || validationSamples > 0) return;
  throw new GradsocketError(
    'JOB_CONFLICT',
    EXIT.configuration,
    `--patience ${patience} goes by evaluations, and ${name} has no validation images. Leave it out, or hold some out.`,
  );
}

/** The digest is over labels, which are numbers. Under other names they would mean something else from one checkpoint to the next. */
export function refuseRenamed(before: DatasetDescription, now: DatasetDescription): void {
  const other = before.classes.flatMap((name, label) => {
    const present = now.classes[label] ?? 'none';
    // One name, stored in another way by another file system, is no other name.
    return present.normalize() === name.normalize() ? [] : [`${name} is now ${present}`];
  });
  if (other.length === 0) return;
  throw new GradsocketError(
    'DATASET_CHANGED',
    EXIT.badData,
    `Classes have other names than when this run was trained: ${someOf(other)}. Name them as before, or start a new run ` +
      'in another --run-dir.',
  );
}
