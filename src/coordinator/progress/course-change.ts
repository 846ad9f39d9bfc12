import { identityDifferences } from '../../shared/checkpoint/fingerprint.ts';
import { ONLY_SCHEDULES, scheduleEnds } from '../../shared/job/recipe.ts';
import { resolveJob } from '../../shared/job/resolve.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import { textOf } from '../../shared/job/values.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import { flagName } from '../../shared/job/flag-name.ts';

/**
 * What a run that goes on may change, from the step on at which it goes on: a checkpoint holds nothing of it, and every worker
 * computes a step's rate from the job and the number of the step alone. The steps before keep what they were trained with.
 */
const COURSE: ReadonlySet<string> = new Set([
  'lr',
  'schedule',
  'warmupSteps',
  'clipNorm',
  ...Object.keys(ONLY_SCHEDULES),
]);

/** The same, for sentences. */
export const COURSE_FLAGS = '--lr, --schedule and its settings, --warmup-steps and --clip-norm';

/** From `step` committed steps on, these settings are others. */
export interface CourseChange {
  readonly step: number;
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
}

/** Whether a run of `stored` may go on with another `key` of its identity, as `asked` has it. */
export function mayChange(key: string, stored: Job, asked: Job): boolean {
  if (COURSE.has(key)) return true;
  // Another schedule may have another end; the same one may not.
  return (key === 'epochs' || key === 'steps') && stored.schedule !== asked.schedule;
}

/** How a run that has taken all of its steps gets more of them. */
export function howToTrainOn({ schedule }: Pick<Job, 'schedule'>): string {
  return scheduleEnds(schedule)
    ? `--schedule ${schedule} has come to its end with them: to train on, raise --epochs or --steps with another one, ` +
        'such as --schedule constant.'
    : 'Raise --epochs or --steps to train on.';
}

/** What is different from `step` on; null: nothing. */
export function changeOf(before: Job, after: Job, step: number): CourseChange | null {
  const keys = identityDifferences(before, after);
  if (keys.length === 0) return null;
  const settings = (job: Job) => {
    const resolved: Readonly<Record<string, unknown>> = resolveJob(job);
    return Object.fromEntries(keys.map((key) => [key, resolved[key]]));
  };
  return { step, from: settings(before), to: settings(after) };
}

/**
 * What to say where a run that has diverged goes on with the job with which it did; null: it did not, or has another one now.
 * `stored`: as it was when training last began; the change since the checkpoint may be older.
 */
export function sameAgain(
  earlier: { readonly status: string; readonly steps: number } | null,
  stored: Job | null,
  job: Job,
): string | null {
  if (earlier?.status !== 'diverged' || stored === null || changeOf(stored, job, earlier.steps) !== null) return null;
  return (
    `This run diverged at step ${earlier.steps}, and nothing has changed since: what follows is the same again. Stop it, and ` +
    'give --resume another --lr, --warmup-steps or --clip-norm.'
  );
}

/** The job with which the steps before `step` were trained, by the record of what was changed. */
export function jobBefore(job: CompleteJob, changes: readonly CourseChange[], step: number): CompleteJob {
  const undone = changes.filter((change) => change.step >= step).toReversed();
  const settings = Object.assign({}, job, ...undone.map(({ from }) => from)) as unknown;
  return { ...jobSchema.parse(settings), microbatches: job.microbatches };
}

/** `--lr 0.1 instead of 0.5` */
export function changeText({ from, to }: Omit<CourseChange, 'step'>): string {
  return Object.keys(to)
    .map((key) => {
      const flag = flagName(key);
      return `--${flag} ${shown(to[key])} instead of ${shown(from[key])}`;
    })
    .join(', ');
}

function shown(value: unknown): string {
  return value === null || value === undefined ? 'not set' : textOf(value);
}
