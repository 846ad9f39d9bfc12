import { describe, expect, it } from 'vitest';
import {
  belongsToFirst,
  type EvaluationLine,
  RunHistory,
  type StepLine,
} from '../../../src/coordinator/progress/history.ts';

function line(step: number, loss = 1, samples = 4): StepLine {
  return {
    type: 'step',
    time: '2026-01-01T00:00:00.000Z',
    step,
    epoch: Math.floor((step - 1) / 3),
    loss,
    accuracy: 0.5,
    samples,
    learningRate: 0.1,
    gradientNorm: 2,
    imagesPerSecond: 10,
    seconds: 0.1,
  };
}

function evaluation(step: number, more: Partial<EvaluationLine> = {}): EvaluationLine {
  const figures = { loss: 1, accuracy: 0.5, samples: 10 };
  return { type: 'evaluation', time: '2026-01-01T00:00:00.000Z', step, epoch: 0, ...figures, ...more };
}

describe('the history of a run', () => {
  it('gives means over the samples of the newest whole epoch, not of the one that has only begun', () => {
    const history = new RunHistory();
    for (const [step, loss, samples] of [
      [1, 2, 4],
      [2, 4, 4],
      [3, 6, 2],
    ] as const)
      history.add(line(step, loss, samples));
    expect(history.training(10)).toEqual({ epoch: 0, loss: 3.6, accuracy: 0.5 });
    history.add(line(4, 100));
    expect(history.training(10)!.epoch).toBe(0);
  });

  it('gives means of an epoch from its last sample on', () => {
    const history = new RunHistory([1, 2, 3, 4, 5].map((step) => line(step, step)));
    expect(history.training(12)).toMatchObject({ epoch: 0, loss: 2 });
    history.add(line(6, 6));
    expect(history.training(12)).toMatchObject({ epoch: 1, loss: 5 });
  });

  it('gives what there is of the first epoch while it lasts', () => {
    const history = new RunHistory([line(1, 3)]);
    expect(history.training(10)).toMatchObject({ epoch: 0, loss: 3 });
    expect(new RunHistory().training(10)).toBeNull();
  });

  it('goes on from lines that were written before a resume, also where a loss was no number', () => {
    const written = [line(1, 3), line(2, Number.NaN)].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    const history = new RunHistory(written);
    expect(history.lastStep!.step).toBe(2);
    expect(history.lastStep!.loss).toBeNaN();
  });

  it('stays small over a long run, and keeps points over all of it', () => {
    const history = new RunHistory();
    for (let step = 1; step <= 50_000; step++) history.add(line(step));
    expect(history.curve.length).toBeLessThanOrEqual(400);
    expect(history.curve.length).toBeGreaterThan(100);
    const steps = history.curve.map(({ step }) => step);
    const gaps = new Set(steps.slice(1).map((step, i) => step - steps[i]!));
    expect(gaps.size).toBe(1);
    expect(steps.at(-1)).toBeGreaterThan(49_000);
  });

  it('of evaluations before the newest it remembers figures alone, not what grows with the classes', () => {
    const counts = Array.from({ length: 1_000 }, () => 1);
    const history = new RunHistory();
    for (const step of [1, 2]) history.add(evaluation(step, { answers: counts, labels: counts }));
    expect(history.lastEvaluation!.answers).toBe(counts);
    expect(history.evaluations).toEqual([1, 2].map((step) => ({ step, epoch: 0, loss: 1, accuracy: 0.5 })));
  });

  it('finds the newest evaluation after a step', () => {
    const history = new RunHistory([evaluation(3), evaluation(6), evaluation(3, { loss: 2 })]);
    expect(history.evaluationAfter(3)!.loss).toBe(2);
    expect(history.evaluationAfter(4)).toBeNull();
  });

  it('of tens of thousands of evaluations it shows some, the newest and the best ones among them', () => {
    const history = new RunHistory();
    for (let step = 1; step <= 20_001; step++) {
      history.add(evaluation(step, step === 7_778 ? { accuracy: 0.9 } : step === 7_779 ? { loss: 0.1 } : {}));
    }
    const shown = history.shownEvaluations.map(({ step }) => step);
    expect(shown.length).toBeLessThanOrEqual(1_002);
    expect(shown.length).toBeGreaterThan(900);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(shown.at(-1)).toBe(20_001);
    expect(shown).toEqual(expect.arrayContaining([7_778, 7_779]));
    expect(new RunHistory([evaluation(1), evaluation(2)]).shownEvaluations.length).toBe(2);
  });

  it('tells which lines belong to the first steps', () => {
    expect(belongsToFirst(2, line(2))).toBe(true);
    expect(belongsToFirst(2, line(3))).toBe(false);
    expect(belongsToFirst(2, { type: 'else' })).toBe(false);
  });
});
