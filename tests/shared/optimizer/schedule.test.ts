import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { learningRate } from '../../../src/shared/optimizer/schedule.ts';

const job = (fields: object) => jobSchema.parse(fields);

describe('the learning rate', () => {
  it('is the default of the optimiser where the job gives none', () => {
    for (const optimizer of ['sgd', 'adam', 'rmsprop']) {
      const unset = job({ optimizer });
      expect(learningRate(unset, 10, 9)).toBe(resolveJob(unset).lr);
    }
  });

  it('climbs in equal steps to the full rate at the last step of the warm-up', () => {
    const rates = [0, 1, 2, 3, 4].map((step) => learningRate(job({ lr: 1, warmupSteps: 4 }), 10, step));
    expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1]);
  });

  it('follows half a cosine from the full rate, as CosineAnnealingLR', () => {
    const rates = [0, 1, 2, 3].map((step) => learningRate(job({ lr: 2, schedule: 'cosine' }), 4, step));
    // 1 + cos(pi t / 4)
    expect(rates).toEqual([2, 1.7071067811865475, 1, 0.2928932188134524].map((rate) => expect.closeTo(rate, 12)));
  });

  it('starts the cosine after the warm-up', () => {
    const cosine = job({ lr: 1, schedule: 'cosine', warmupSteps: 2 });
    expect([1, 2, 4].map((step) => learningRate(cosine, 6, step))).toEqual([1, 1, expect.closeTo(0.5, 12)]);
  });

  it('lies above 0 and never above the full rate at every step of any plan', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 600 }),
        fc.constantFrom('constant', 'cosine'),
        (total, warmupSteps, schedule) => {
          for (let step = 0; step < total; step++) {
            const rate = learningRate(job({ lr: 0.5, schedule, warmupSteps }), total, step);
            expect(rate).toBeGreaterThan(0);
            expect(rate).toBeLessThanOrEqual(0.5);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
