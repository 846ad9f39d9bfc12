import { jobSchema, type Job } from '../../../src/shared/job/schema.ts';
import type { Assignment } from '../../../src/worker/assignment/blueprint.ts';

/** A small run: 6x6 images, three classes; `job` and sizes as the test wants them. */
export function smallAssignment(
  job: Partial<Job> & { readonly microbatches: number },
  samples: { readonly train: number; readonly validation: number } = { train: 22, validation: 9 },
): Assignment {
  return {
    job: jobSchema.parse({ channels: [2], dense: 3, batch: 8, epochs: 2, ...job }),
    dataset: {
      name: 'made up',
      digest: 'd'.repeat(64),
      classes: ['a', 'b', 'c'],
      imageShape: [8, 8, 1],
      encoding: 'raw',
      trainSamples: samples.train,
      validationSamples: samples.validation,
      mean: [0],
      deviation: [1],
    },
    microbatches: job.microbatches,
  };
}
