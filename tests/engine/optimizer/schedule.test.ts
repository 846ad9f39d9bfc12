import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conflictIn } from '../../../src/shared/job/checks.ts';
import { warmupBeyond } from '../../../src/shared/job/recipe-checks.ts';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { learningRate, scheduled } from '../../../src/engine/optimizer/schedule.ts';
import { totalSteps, type TrainingPlan } from '../../../src/shared/plan/schedule.ts';

const job = (fields: object) => jobSchema.parse({ warmupSteps: 0, ...fields });

/** `perEpoch` steps an epoch. */
function planOf(perEpoch: number, epochs: number, maxSteps: number | null = null): TrainingPlan {
  return { samples: perEpoch, batch: 1, microbatches: 1, epochs, maxSteps, evalEvery: 0, checkpointEvery: null };
}

function rates(fields: object, plan: TrainingPlan): number[] {
  return Array.from({ length: totalSteps(plan) }, (_, step) => learningRate(job(fields), plan, step));
}

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

// That the curves are PyTorch's is shown in optimizers.test.ts.
describe('the learning rate', () => {
  it('is the default of the optimiser where the job gives none', () => {
    for (const optimizer of ['sgd', 'adam', 'adamw', 'rmsprop']) {
      const unset = job({ optimizer });
      expect(learningRate(unset, planOf(10, 1), 9)).toBe(resolveJob(unset).lr);
    }
  });

  it('climbs in equal steps to the full rate at the last step of the warm-up', () => {
    expect(rates({ lr: 1, warmupSteps: 4 }, planOf(6, 1))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });

  it('falls after whole epochs, those of the warm-up included', () => {
    const step = { lr: 1, schedule: 'step', scheduleEveryEpochs: 2, scheduleGamma: 0.5 };
    expect(rates(step, planOf(2, 5))).toEqual(close([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]));
    const milestones = { lr: 1, schedule: 'multi-step', scheduleMilestoneEpochs: [1, 3], warmupSteps: 3 };
    expect(rates(milestones, planOf(2, 4))).toEqual(close([1 / 3, 2 / 3, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01]));
  });

  it('shares out what the warm-up leaves where the schedule ends', () => {
    const cosine = { lr: 1, schedule: 'cosine', warmupSteps: 2 };
    expect(rates(cosine, planOf(6, 1))).toEqual(
      close([0.5, 1, 1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]),
    );
    const range = rates({ lr: 1, schedule: 'range' }, planOf(6, 1));
    expect(range.map((rate) => Math.round(Math.log10(rate) * 1e6) / 1e6)).toEqual([-5, -4, -3, -2, -1, 0]);
    expect(rates({ lr: 1, schedule: 'polynomial', warmupSteps: 1 }, planOf(5, 1))).toEqual(
      close([1, 1, 0.75, 0.5, 0.25]),
    );
  });

  it('ends with --steps, not with the epochs that are cut off', () => {
    const line = { lr: 1, schedule: 'polynomial' };
    expect(rates(line, planOf(100, 9, 4))).toEqual(close([1, 0.75, 0.5, 0.25]));
  });

  it('lies above 0 and never above the full rate at every step of any plan', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 500 }),
        fc.constantFrom(
          { schedule: 'constant' },
          { schedule: 'cosine' },
          { schedule: 'polynomial', schedulePower: 0.5 },
          { schedule: 'step', scheduleEveryEpochs: 1, scheduleGamma: 0.5 },
          { schedule: 'multi-step', scheduleMilestoneEpochs: [1, 2] },
          ...[0, 0.3, 1].map((oneCycleRise) => ({ schedule: 'one-cycle', oneCycleRise, oneCycleMomentum: 0.5 })),
        ),
        (perEpoch, epochs, warmupSteps, fields) => {
          const plan = planOf(perEpoch, epochs);
          const settings = job({ lr: 0.5, warmupSteps, ...fields });
          const all = Array.from({ length: totalSteps(plan) }, (_, step) => scheduled(settings, plan, step));
          const learning = all.map((now) => now.learningRate);
          expect(Math.min(...learning)).toBeGreaterThan(0);
          expect(Math.max(...learning)).toBeLessThanOrEqual(0.5 * (1 + 1e-12));
          const momenta = all.map((now) => now.momentum);
          expect(Math.min(...momenta)).toBeGreaterThanOrEqual(0.5 - 1e-12);
          expect(Math.max(...momenta)).toBeLessThanOrEqual(0.9 + 1e-12);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('may take up all but one step of a run to warm up, no more', () => {
    expect(warmupBeyond(job({ warmupSteps: 9 }), 10)).toBeNull();
    expect(warmupBeyond(job({ warmupSteps: 10 }), 10)?.message).toBe(
      '--warmup-steps 10 leaves nothing of the 10 steps of the run. Lower it, or raise --epochs.',
    );
    expect(conflictIn(job({ warmupSteps: 10, steps: 5 }), null)?.keys).toEqual(['warmupSteps', 'steps']);
  });
});
