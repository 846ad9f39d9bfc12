import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleCount } from '../../../src/coordinator/store/sample-count.ts';
import { positionOf, stepsPerEpoch, type TrainingPlan } from '../../../src/shared/plan/schedule.ts';

const plans = fc.record({ samples: fc.integer({ min: 1, max: 40 }), batch: fc.integer({ min: 1, max: 12 }) }).map(
  ({ samples, batch }): TrainingPlan => ({
    samples,
    batch,
    microbatches: 1,
    epochs: 3,
    maxSteps: null,
    evalEvery: 1,
    checkpointEvery: null,
  }),
);

function stepOf(plan: TrainingPlan, step: number) {
  const { epoch, start, end } = positionOf(plan, step);
  return { step, epoch, start, end, samples: end - start };
}

describe('counting samples', () => {
  it('finds every sample counted once per epoch when the steps follow the plan', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const count = new SampleCount(plan);
        const seen = Array.from({ length: 3 }, () => Array.from({ length: plan.samples }, () => 0));
        const complete: number[] = [];
        for (let step = 0; step < 3 * stepsPerEpoch(plan); step++) {
          const counted = stepOf(plan, step);
          for (let place = counted.start; place < counted.end; place++) seen[counted.epoch]![place]!++;
          const epoch = count.add(counted);
          if (epoch !== null) complete.push(epoch);
        }
        expect(complete).toEqual([0, 1, 2]);
        expect(seen.flat().every((times) => times === 1)).toBe(true);
      }),
    );
  });

  it('refuses any step but the next, and one whose range or number of samples is another', () => {
    fc.assert(
      fc.property(
        plans,
        fc.nat(20),
        fc.integer({ min: -3, max: 3 }),
        fc.constantFrom('step', 'epoch', 'start', 'end', 'samples'),
        (plan, steps, by, key) => {
          fc.pre(by !== 0);
          const count = new SampleCount(plan);
          for (let step = 0; step < steps; step++) count.add(stepOf(plan, step));
          const next = stepOf(plan, steps);
          expect(() => count.add({ ...next, [key]: next[key] + by })).toThrow(/does not add up/);
          expect(count.steps).toBe(steps);
          count.add(next);
        },
      ),
    );
  });

  it('does not vouch for an epoch whose beginning it has not seen', () => {
    const plan = {
      samples: 10,
      batch: 4,
      microbatches: 1,
      epochs: 3,
      maxSteps: null,
      evalEvery: 1,
      checkpointEvery: null,
    };
    const count = new SampleCount(plan, 1);
    expect([1, 2, 3, 4, 5].map((step) => count.add(stepOf(plan, step)))).toEqual([null, null, null, null, 1]);
  });
});
