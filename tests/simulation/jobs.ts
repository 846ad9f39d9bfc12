import { completeJob } from '../../src/coordinator/store/job-file.ts';
import type { CompleteJob } from '../../src/shared/job/complete.ts';
import { type Job, jobSchema } from '../../src/shared/job/schema.ts';
import type { TrainingPlan } from '../../src/shared/plan/schedule.ts';
import type { DatasetDescription } from '../../src/shared/protocol/shared.ts';

/** What is trained in a history. There are few, so that what an undisturbed run comes to is computed once for each. */
export interface SimulatedJob {
  readonly job: CompleteJob;
  readonly plan: TrainingPlan;
  readonly dataset: DatasetDescription;
}

interface Shape {
  readonly job: Partial<Job> & { readonly microbatches: number };
  readonly train: number;
  readonly validation: number;
}

/** Short last batches, parts without samples, one microbatch for five workers, every wire and state of the optimiser. */
const SHAPES: readonly Shape[] = [
  { job: { batch: 8, microbatches: 4, epochs: 2, checkpointEvery: 2 }, train: 22, validation: 9 },
  { job: { batch: 8, microbatches: 8, epochs: 1, checkpointEvery: 3, momentum: 0.9 }, train: 60, validation: 5 },
  { job: { batch: 6, microbatches: 3, epochs: 3, optimizer: 'adam' }, train: 17, validation: 4 },
  { job: { batch: 5, microbatches: 5, epochs: 2, wire: 'bf16', checkpointEvery: 4 }, train: 23, validation: 7 },
  { job: { batch: 4, microbatches: 1, epochs: 2, clipNorm: 1 }, train: 14, validation: 3 },
  {
    job: { batch: 7, microbatches: 7, epochs: 2, steps: 9, evalEvery: 0, checkpointEvery: 1 },
    train: 40,
    validation: 6,
  },
  { job: { batch: 8, microbatches: 6, epochs: 2, batchNorm: true, checkpointEvery: 100 }, train: 36, validation: 0 },
  { job: { batch: 3, microbatches: 2, epochs: 4, optimizer: 'rmsprop' }, train: 8, validation: 11 },
  // So many steps that one that is slow gets a smaller share.
  { job: { batch: 6, microbatches: 6, epochs: 10, checkpointEvery: 9, evalEvery: 2 }, train: 18, validation: 4 },
];

/** What is drawn for most histories. */
export const ORDINARY_JOBS = SHAPES.length;

/** Its validation loss rises again long before the plan is through. */
const IMPATIENT: Shape = {
  job: { batch: 4, microbatches: 4, epochs: 12, lr: 1, patience: 2, monitor: 'loss', checkpointEvery: 5 },
  train: 13,
  validation: 6,
};
export const IMPATIENT_JOB = SHAPES.length;

/** A middle layer that is not trained makes three buckets out of what is too small for two. */
const NETWORK = { channels: [1, 1], dense: 2, freeze: 'conv2', threads: 1 } as const;

export function simulatedJobs(): readonly SimulatedJob[] {
  return [...SHAPES, IMPATIENT].map(({ job: settings, train, validation }, index) => {
    const frozen = settings.batchNorm === true ? { freeze: 'bn2' } : {};
    const job = completeJob(
      jobSchema.parse({ ...NETWORK, lr: 0.05, engine: 'cpu', seed: index, ...settings, ...frozen }),
    );
    const { batch, microbatches, epochs, steps, evalEvery, checkpointEvery } = job;
    return {
      job,
      plan: { samples: train, batch, microbatches, epochs, maxSteps: steps, evalEvery, checkpointEvery },
      dataset: {
        name: 'simulated',
        digest: 'd'.repeat(64),
        classes: ['a', 'b', 'c'],
        imageShape: [4, 4, 1],
        encoding: 'raw',
        trainSamples: train,
        validationSamples: validation,
        mean: [0],
        deviation: [1],
      },
    };
  });
}
