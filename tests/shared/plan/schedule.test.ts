import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dueAfter,
  evaluationChunks,
  microbatchRange,
  microbatchSizes,
  positionOf,
  stepsPerEpoch,
  type TrainingPlan,
  totalSteps,
} from '../../../src/shared/plan/schedule.ts';

const plans: fc.Arbitrary<TrainingPlan> = fc.record({
  samples: fc.integer({ min: 1, max: 500 }),
  batch: fc.integer({ min: 1, max: 90 }),
  microbatches: fc.integer({ min: 1, max: 9 }),
  epochs: fc.integer({ min: 1, max: 4 }),
  maxSteps: fc.constant(null),
  evalEvery: fc.nat(3),
  checkpointEvery: fc.option(fc.integer({ min: 1, max: 20 }), { nil: null }),
});

const PLAN: TrainingPlan = {
  samples: 22,
  batch: 8,
  microbatches: 3,
  epochs: 2,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: null,
};

describe('the plan of steps', () => {
  it('puts the same places into the same microbatches as ever', () => {
    const cut = Array.from({ length: totalSteps(PLAN) }, (_, step) => {
      const { epoch, batch } = positionOf(PLAN, step);
      const microbatches = [0, 1, 2].map((m) => microbatchRange(PLAN, step, m));
      return `${epoch}/${batch}: ${microbatches.map(({ start, end }) => `${start}-${end}`).join(' ')}`;
    });
    expect(cut).toEqual([
      '0/0: 0-2 2-5 5-8',
      '0/1: 8-10 10-13 13-16',
      '0/2: 16-18 18-20 20-22',
      '1/0: 0-2 2-5 5-8',
      '1/1: 8-10 10-13 13-16',
      '1/2: 16-18 18-20 20-22',
    ]);
    expect(microbatchSizes(PLAN)).toEqual([3, 2]);
  });

  it('cuts an evaluation at the same places as ever', () => {
    const chunks = evaluationChunks(11, 4).map(({ start, end }) => `${start}-${end}`);
    expect(chunks).toEqual(['0-4', '4-8', '8-11']);
    expect(evaluationChunks(8, 4)).toHaveLength(2);
    expect(evaluationChunks(0, 4)).toEqual([]);
  });

  it.each([
    // samples, at most so many in a chunk; chunks, and samples in each but the last
    [320, 64, 12, 27],
    [5000, 128, 48, 105],
    [100, 64, 4, 25],
    [50, 64, 2, 25],
    // Smaller ones than these take longer for a sample.
    [359, 16, 23, 16],
    [20, 64, 1, 20],
  ])('cuts an evaluation of %i samples so that usual numbers of workers have as much to do: at most %i', (...row) => {
    const [samples, most, chunks, size] = row;
    const cut = evaluationChunks(samples, most);
    expect([cut.length, cut[0]!.end]).toEqual([chunks, size]);
    for (const { start, end } of cut.slice(0, -1)) expect(end - start).toBe(size);
  });

  it('ends where either the epochs or the steps run out', () => {
    expect([null, 1, 5, 6, 7].map((maxSteps) => totalSteps({ ...PLAN, maxSteps }))).toEqual([6, 1, 5, 6, 6]);
    expect(stepsPerEpoch({ ...PLAN, samples: 16 })).toBe(2);
  });

  it('uses every place of every epoch exactly once, the short last batch included', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const seen = new Map<number, number[]>();
        for (let step = 0; step < totalSteps(plan); step++) {
          const { epoch } = positionOf(plan, step);
          const places = seen.get(epoch) ?? [];
          seen.set(epoch, places);
          for (let m = 0; m < plan.microbatches; m++) {
            const { start, end } = microbatchRange(plan, step, m);
            for (let place = start; place < end; place++) places.push(place);
          }
        }
        expect(seen.size).toBe(plan.epochs);
        for (const places of seen.values()) expect(places).toEqual(Array.from({ length: plan.samples }, (_, i) => i));
      }),
    );
  });

  it('lists every microbatch size that occurs, and no other', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const found = new Set<number>();
        for (let step = 0; step < stepsPerEpoch(plan); step++) {
          for (let m = 0; m < plan.microbatches; m++) {
            const { start, end } = microbatchRange(plan, step, m);
            if (end > start) found.add(end - start);
          }
        }
        expect(microbatchSizes(plan)).toEqual([...found].sort((a, b) => b - a));
      }),
    );
  });

  it('evaluates and checkpoints at the end, whatever else is asked for', () => {
    fc.assert(
      fc.property(plans, fc.option(fc.integer({ min: 1, max: 200 }), { nil: null }), (plan, maxSteps) => {
        const limited = { ...plan, maxSteps };
        expect(dueAfter(limited, totalSteps(limited))).toEqual({ evaluate: true, checkpoint: true, upload: true });
      }),
    );
  });

  it('evaluates after every second epoch when asked to', () => {
    const plan: TrainingPlan = {
      samples: 10,
      batch: 5,
      microbatches: 1,
      epochs: 5,
      maxSteps: null,
      evalEvery: 2,
      checkpointEvery: 3,
    };
    const due = Array.from({ length: totalSteps(plan) }, (_, i) => i + 1);
    expect(due.filter((n) => dueAfter(plan, n).evaluate)).toEqual([4, 8, 10]);
    expect(due.filter((n) => dueAfter(plan, n).checkpoint)).toEqual([3, 6, 9, 10]);
    expect(due.filter((n) => dueAfter(plan, n).upload)).toEqual([3, 4, 6, 8, 9, 10]);
  });

  it('cuts an evaluation into chunks that cover every sample once', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 70 }), (samples, chunk) => {
        const covered = evaluationChunks(samples, chunk).flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(covered).toEqual(Array.from({ length: samples }, (_, i) => i));
      }),
    );
  });
});
