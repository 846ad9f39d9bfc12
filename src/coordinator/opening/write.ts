import { CheckpointFolder } from '../../shared/checkpoint/folder.ts';
import type { RunEvent } from '../progress/events.ts';
import { Archive } from '../store/archive.ts';
import type { Prepared } from './prepare.ts';

/**
 * Writes what a run has from its beginning, and opens what it writes on in. Nothing is refused but what
 * somebody else began in the folder meanwhile. `onEvent` and
 * `onError`: as Archive has them.
 */
export async function write(
  { folder, resume, job, plan, dataset, description, passedOver, startStep, change, beginning }: Prepared,
  onEvent: (event: RunEvent) => void,
  onError: (error: unknown) => void,
): Promise<Archive> {
  await folder.lock();
  if (!resume) await folder.refuseIfTaken(job.data);
  await folder.make();
  await folder.keepSamples(dataset, resume);
  if (!resume) await folder.writeJob(job);
  const checkpoints = await CheckpointFolder.open(folder.checkpoints, job.keepCheckpoints, job.monitor, folder.disk);
  await checkpoints.setAside(passedOver);
  return Archive.open({
    folder,
    checkpoints,
    job,
    plan,
    dataset: description,
    startStep,
    change,
    given: beginning?.step === 0 ? beginning : null,
    onEvent,
    onError,
  });
}
