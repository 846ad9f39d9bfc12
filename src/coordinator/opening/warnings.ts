/** What somebody should know of a run that goes on; none where there is nothing to say. */
import type { CompleteJob } from '../../shared/job/complete.ts';
import { tensorflowThreads } from '../../shared/job/resolve.ts';
import type { CourseChange } from '../progress/course-change.ts';

export function unknownThreads(job: CompleteJob): string {
  return (
    `This run was begun by a version that did not keep --threads. It goes on with ${tensorflowThreads(job)}: where it had another ` +
    'number (the cores of the machine, shared out to the workers), its weights will not be those of an unbroken run to the last bit.'
  );
}

export function warmupOver(
  { warmupSteps }: Pick<CompleteJob, 'warmupSteps'>,
  startStep: number,
  change: CourseChange | null,
): readonly string[] {
  if (change === null || !('warmupSteps' in change.to) || (warmupSteps ?? 0) === 0 || warmupSteps! > startStep)
    return [];
  return [`--warmup-steps ${warmupSteps} counts from the first step of the run, so it is over already.`];
}
