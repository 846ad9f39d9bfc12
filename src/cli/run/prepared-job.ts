import { preparedFor } from '../../engine/weights/preparation.ts';
import { readWeights } from './first-state.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';

/** A new run's job in which images are prepared as the file of `--weights` needs them, and what to tell about that. */
export async function preparedJob(
  job: CompleteJob,
): Promise<{ readonly job: CompleteJob; readonly notices: readonly string[] }> {
  const { weights: file } = job;
  if (file === null) return { job, notices: [] };
  const { preprocessing, notice } = preparedFor(await readWeights(file), file, job);
  return { job: { ...job, ...preprocessing }, notices: notice === null ? [] : [notice] };
}
