import { expect, it } from 'vitest';
import { refuseUseless } from '../../../src/coordinator/opening/fitting.ts';
import { changeOf } from '../../../src/coordinator/progress/course-change.ts';
import { completeJob } from '../../../src/coordinator/store/job-file.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import type { TrainingPlan } from '../../../src/shared/plan/schedule.ts';

/** Of a run of 20 steps that are all done. */
function refused(before: Partial<Job>, changed: Partial<Job>): () => void {
  const stored = completeJob(jobSchema.parse({ ...before, batch: 10, epochs: 2 }));
  const job = { ...stored, ...changed };
  const plan: TrainingPlan = { ...job, microbatches: stored.microbatches, samples: 100, maxSteps: null };
  return () => refuseUseless(changeOf(stored, job, 20)!, job, plan);
}

it('tells whoever changes a run that has taken all of its steps how there would be more of them', () => {
  const useless = '--lr 0.1 instead of 0.5 would change nothing, as all 20 steps are done. ';
  expect(refused({ lr: 0.5 }, { lr: 0.1 })).toThrow(`${useless}Raise --epochs or --steps to train on.`);
  expect(refused({ lr: 0.5, schedule: 'cosine' }, { lr: 0.1 })).toThrow(
    `${useless}--schedule cosine has come to its end with them: to train on, raise --epochs or --steps with another one, ` +
      'such as --schedule constant.',
  );
  expect(refused({ schedule: 'constant' }, { schedule: 'cosine' })).toThrow(
    / done\. Raise --epochs or --steps, too\.$/,
  );
  expect(refused({ lr: 0.5 }, { lr: 0.1, epochs: 3 })).not.toThrow();
});
