import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepCollector } from '../../../src/coordinator/progress/step-collector.ts';
import { positionOf, type TrainingPlan } from '../../../src/shared/plan/schedule.ts';

const PLAN: TrainingPlan = {
  samples: 10,
  batch: 4,
  microbatches: 2,
  epochs: 50,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: null,
};

function sumsOf(step: number) {
  const { start, end } = positionOf(PLAN, step);
  return { lossSum: step / 3, correct: 1, samples: end - start, learningRate: 0.1, gradientNorm: 2 };
}

describe('collecting the reports of steps', () => {
  it('completes each step once, in order, when the last worker has reported it, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 20 }),
        fc.infiniteStream(fc.nat()),
        (ranks, first, picks) => {
          const workers = Array.from({ length: ranks }, (_, rank) => `w${rank}`);
          const collector = new StepCollector(PLAN, first, workers);
          const completed: number[] = [];
          const reported = new Map(workers.map((worker) => [worker, first]));
          for (let n = 0; n < 40; n++) {
            const worker = workers[picks.next().value % ranks]!;
            const step = reported.get(worker)!;
            reported.set(worker, step + 1);
            const complete = collector.report(worker, step, sumsOf(step));
            if (complete !== null) completed.push(complete.step);
            expect(collector.complete).toBe(Math.min(...reported.values()));
          }
          expect(completed).toEqual(Array.from({ length: collector.complete - first }, (_, i) => first + i));
          expect(collector.behind).toEqual(workers.filter((worker) => reported.get(worker) === collector.complete));
        },
      ),
    );
  });

  it('refuses a step that its worker cannot have committed yet, and drops one that it has told before', () => {
    const collector = new StepCollector(PLAN, 0, ['a']);
    expect(() => collector.report('a', 1, sumsOf(1))).toThrow(/a reported step 1, but its next one is 0/);
    expect(collector.report('a', 0, sumsOf(0))).toMatchObject({ step: 0 });
    expect(collector.report('a', 0, sumsOf(0))).toBeNull();
    expect(collector.complete).toBe(1);
    expect(() => collector.report('b', 1, sumsOf(1))).toThrow(/b takes no part/);
  });

  it('takes a step again that was dropped with its generation, and the steps of one survivor for the run', () => {
    const collector = new StepCollector(PLAN, 0, ['a', 'b', 'c']);
    for (const worker of ['a', 'b', 'c']) collector.report(worker, 0, sumsOf(0));
    for (const step of [1, 2, 3]) collector.report('b', step, sumsOf(step));
    collector.report('c', 1, sumsOf(1));
    expect(collector.newest).toBe(4);
    expect(collector.adopt(2).map(({ step }) => step)).toEqual([1]);
    collector.begin(['c', 'd']);
    expect([collector.complete, collector.newest]).toEqual([2, 2]);
    expect(collector.report('c', 2, sumsOf(2))).toBeNull();
    expect(collector.report('d', 2, sumsOf(2))).toMatchObject({ step: 2 });
  });

  it('refuses a sum over another number of samples than the step has', () => {
    const collector = new StepCollector(PLAN, 0, ['a']);
    expect(() => collector.report('a', 0, { ...sumsOf(0), samples: 3 })).toThrow(/covers 4 samples.*over 3/);
  });

  it('notices sums that differ between workers in a single bit, and counts that step no more, nor a later one', () => {
    for (const change of [
      { lossSum: 1e-16 },
      { lossSum: -0 },
      { correct: 2 },
      { learningRate: 0.2 },
      { gradientNorm: 3 },
    ]) {
      const collector = new StepCollector(PLAN, 0, ['a', 'b']);
      collector.report('a', 0, sumsOf(0));
      expect(collector.difference).toBeNull();
      expect(collector.report('b', 0, { ...sumsOf(0), ...change })).toBeNull();
      const [[sum, value]] = Object.entries(change) as [[string, number]];
      expect(collector.difference?.sentence()).toContain(
        `Workers disagree about step 0: ${sum} is ${sumsOf(0)[sum as 'lossSum']} at a; ${Object.is(value, -0) ? '-0' : value} at b.`,
      );
      for (const worker of ['a', 'b']) expect(collector.report(worker, 1, sumsOf(1))).toBeNull();
      expect(collector.complete).toBe(0);
    }
  });

  it('names the one that differs once the others have told, in whatever order they do', () => {
    for (const order of ['abc', 'bac', 'acb', 'cba']) {
      const collector = new StepCollector(PLAN, 0, ['a', 'b', 'c']);
      for (const worker of order) {
        collector.report(worker, 0, { ...sumsOf(0), gradientNorm: worker === 'b' ? 2.5 : 2 });
        expect(collector.difference?.hasTold(worker) ?? true).toBe(true);
      }
      expect(collector.difference?.sentence()).toContain('gradientNorm is 2 at');
      expect(collector.difference?.sentence()).toContain('; 2.5 at b. b differs from the majority.');
    }
  });

  it('counts what is older than the difference', () => {
    const collector = new StepCollector(PLAN, 0, ['a', 'b', 'c']);
    for (const worker of ['a', 'b', 'c']) if (worker !== 'c') collector.report(worker, 0, sumsOf(0));
    collector.report('a', 1, sumsOf(1));
    collector.report('b', 1, { ...sumsOf(1), correct: 0 });
    expect(collector.report('c', 0, sumsOf(0))).toMatchObject({ step: 0 });
    expect(collector.difference?.hasTold('c')).toBe(false);
    expect(collector.report('c', 1, sumsOf(1))).toBeNull();
    expect(collector.difference?.sentence()).toContain('b differs from the majority');
  });

  it('takes a loss that is no number for equal to itself', () => {
    const collector = new StepCollector(PLAN, 0, ['a', 'b']);
    const sums = { ...sumsOf(0), lossSum: Number.NaN };
    collector.report('a', 0, sums);
    expect(collector.report('b', 0, sums)?.lossSum).toBeNaN();
  });

  it('adopts what one worker has committed beyond the others', () => {
    const collector = new StepCollector(PLAN, 0, ['a', 'b']);
    for (const step of [0, 1, 2]) collector.report('a', step, sumsOf(step));
    collector.report('b', 0, sumsOf(0));
    expect(collector.adopt(3).map(({ step }) => step)).toEqual([1, 2]);
    expect(collector.complete).toBe(3);
    expect(collector.adopt(9)).toEqual([]);
  });
});
