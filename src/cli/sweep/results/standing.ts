import { identityDifferences } from '../../../shared/checkpoint/fingerprint.ts';
import { DIVERGED } from '../../../shared/checkpoint/finite.ts';
import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { asBegun } from '../../../shared/job/complete.ts';
import type { Job } from '../../../shared/job/schema.ts';
import { textOf } from '../../../shared/job/values.ts';
import type { Standing } from '../grid/scheduler.ts';
import type { RunRecord } from './record.ts';
import { flagName } from '../../../shared/job/flag-name.ts';

/**
 * Where a run stands that an earlier sweep may have begun: finished ones are recognized by their job and summary. A
 * finished run of fewer epochs goes on; one of another job is refused.
 */
export function standingOf(record: RunRecord | null, asked: Job, runDir: string): Standing {
  if (record === null) return 'missing';
  const { job, summary, failure, evaluations } = record;
  const [different] = identityDifferences(job, asBegun(asked, job));
  if (different !== undefined) {
    const name = flagName(different);
    const was = textOf(job[different as keyof Job]);
    throw new GradsocketError(
      'SWEEP_OTHER_RUN',
      EXIT.configuration,
      `${runDir} holds a run with --${name} ${was}, and this sweep asks for another one. Leave the setting as it was, or ` +
        `begin a new sweep in another --sweep-dir.`,
    );
  }
  if (summary === null) return 'begun';
  if (summary.status === 'diverged') return 'diverged';
  // Before there was a status of its own for it, and before an evaluation could say so.
  if (summary.status === 'failed' && failure?.code === DIVERGED) return 'diverged';
  if (evaluations.some(({ loss }) => !Number.isFinite(loss))) return 'diverged';
  const wholeLength = job.epochs === asked.epochs && job.steps === asked.steps;
  return summary.status === 'done' && wholeLength ? 'done' : 'begun';
}
