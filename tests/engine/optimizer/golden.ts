import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { totalSteps, type TrainingPlan } from '../../../src/shared/plan/schedule.ts';

const vector = z.array(z.number());

/** What golden.py wrote: PyTorch's optimisers and schedules over some steps. */
export const golden = z
  .object({
    samples: z.number(),
    stepsPerEpoch: z.number(),
    /** The first so many parameters are a weight, the others a bias. */
    weight: z.number(),
    /** After how many steps `after` was taken. */
    shown: vector,
    start: vector,
    gradients: z.array(vector),
    cases: z.array(
      z.object({
        name: z.string(),
        job: z.record(z.string(), z.unknown()),
        rates: vector.optional(),
        momenta: vector.optional(),
        norms: vector.optional(),
        after: z.array(vector),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')));

const steps = golden.gradients.length;

/** The plan in which the cases ran. */
export const goldenPlan: TrainingPlan = {
  samples: golden.samples * golden.stepsPerEpoch,
  batch: golden.samples,
  microbatches: 1,
  epochs: Math.ceil(steps / golden.stepsPerEpoch),
  maxSteps: steps,
  evalEvery: 0,
  checkpointEvery: null,
};
if (totalSteps(goldenPlan) !== steps) throw new Error('the plan is not that of the golden values');

export const cases = golden.cases.map((entry) => ({
  ...entry,
  // What PyTorch does where nobody asks for it: neither of ours.
  job: jobSchema.parse({ warmupSteps: 0, clipNorm: null, ...entry.job, epochs: goldenPlan.epochs, steps }),
}));
