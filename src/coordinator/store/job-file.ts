import { resolve } from 'node:path';
import { trainingIdentity } from '../../shared/checkpoint/fingerprint.ts';
import { placedData } from '../../data/layouts/bundled.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { asBegun, type CompleteJob } from '../../shared/job/complete.ts';
import { defaultMicrobatches, maybeTensorflow, resolveJob, tensorflowThreads } from '../../shared/job/resolve.ts';
import { textOf } from '../../shared/job/values.ts';
import type { Job } from '../../shared/job/schema.ts';
import { COURSE_FLAGS, mayChange } from '../progress/course-change.ts';
import { flagName } from '../../shared/job/flag-name.ts';

export function completeJob(job: Job): CompleteJob {
  return placed({ ...resolveJob(job), microbatches: job.microbatches ?? defaultMicrobatches(job.batch) });
}

/** With absolute paths: what a run reads must not depend on the folder in which it is resumed or measured. */
export function placed<J extends Job>(job: J): J {
  const { data, weights } = job;
  return { ...job, data: placedData(data), weights: weights === null ? null : resolve(weights) };
}

/**
 * The job of a run that goes on: as asked, where that does not touch what its steps compute, or only the course that they take
 * from here on. Anything else is refused, by name, since the weights would no longer be those of one run.
 * `threadsKept`: whether job.yaml says on how many threads the run was begun; versions before did not keep them.
 */
export function resumedJob(stored: CompleteJob, asked: Job, threadsKept = true): CompleteJob {
  const complete = placed({
    ...resolveJob(asBegun(asked, stored)),
    microbatches: asked.microbatches ?? stored.microbatches,
  });
  // The dataset's digest is compared with the ledger's, when it is known.
  const identity = (job: CompleteJob): Readonly<Record<string, unknown>> => ({
    ...trainingIdentity(job, { datasetDigest: '', microbatches: job.microbatches }),
    // Another file may be the same one, moved; none is not.
    weights: job.weights === null ? null : (stored.weights ?? job.weights),
    // Not in the fingerprint, as the engine is not: both round otherwise, and train the same.
    ...(threadsKept && maybeTensorflow(complete) ? { threads: tensorflowThreads(job) } : {}),
  });
  const before = identity(resolvedAgain(stored));
  const after = identity(complete);
  // What stands at a default of later versions is left out on either side.
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[key]) === JSON.stringify(after[key]) || mayChange(key, stored, asked)) continue;
    // What the identity leaves out stands at its default in the job.
    const said = (one: Readonly<Record<string, unknown>>, job: Job): string => show(one[key] ?? job[key as keyof Job]);
    const [flag, was, asIs] = [flagOf(key), said(before, stored), said(after, complete)];
    throw key === 'epochs' || key === 'steps'
      ? new GradsocketError(
          'JOB_CHANGED',
          EXIT.configuration,
          `--${flag} was ${was} when this run began and cannot become ${asIs}: --schedule ${stored.schedule} goes by where the run ` +
            'ends. Leave it as it was, or go on with another schedule, such as --schedule constant.',
        )
      : new GradsocketError(
          'JOB_CHANGED',
          EXIT.configuration,
          `--${flag} was ${was} when this run began and cannot become ${asIs}: its weights would no longer be those of one run. ` +
            `Leave it as it was, or start a new run in another --run-dir. Of what decides the weights, only ${COURSE_FLAGS} ` +
            'may change on the way.',
        );
  }
  return complete;
}

/** job.yaml may have been written by hand. */
function resolvedAgain(stored: CompleteJob): CompleteJob {
  return { ...resolveJob(stored), microbatches: stored.microbatches };
}

function flagOf(key: string): string {
  return flagName(key);
}

function show(value: unknown): string {
  return value === null || value === undefined ? 'not set' : textOf(value);
}
