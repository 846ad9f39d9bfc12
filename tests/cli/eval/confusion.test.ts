import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/eval.ts';
import { cellsOf, matrixOf, meanOf, mixUps, scoresOf, undecidedIn } from '../../../src/cli/eval/confusion.ts';

const CLASSES = ['a', 'b', 'c', 'd', 'e'];
const LABELS = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 4);
const DECISIONS = Int32Array.of(0, 0, 1, 2, 1, 1, 0, 2, 2, 2, 0, 2, 2);

describe('what was taken for what', () => {
  const cells = cellsOf({ labels: LABELS, decisions: DECISIONS });

  it('is the matrix that scikit-learn gives', () => {
    expect(matrixOf(cells, 5)).toEqual([
      [2, 1, 1, 0, 0],
      [1, 2, 0, 0, 0],
      [1, 0, 4, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 1, 0, 0],
    ]);
  });

  it('has the scores that scikit-learn gives; where it divides by zero there is none', () => {
    const scores = scoresOf(cells, CLASSES);
    const rounded = (value: number | null): number | null => value && Number(value.toFixed(6));
    expect(scores.map(({ precision }) => rounded(precision))).toEqual([0.5, 0.666667, 0.666667, null, null]);
    expect(scores.map(({ recall }) => rounded(recall))).toEqual([0.5, 0.666667, 0.8, null, 0]);
    expect(scores.map(({ f1 }) => rounded(f1))).toEqual([0.5, 0.666667, 0.727273, null, 0]);
    expect(scores.map(({ support }) => support)).toEqual([4, 3, 5, 0, 1]);
    const { precision, recall, f1 } = meanOf(scores);
    expect([precision, recall, f1].map(rounded)).toEqual([0.458333, 0.491667, 0.473485]);
  });

  it('lists mix-ups by how often they happen, without what was right', () => {
    const twice = cellsOf({ labels: Int32Array.of(0, 1, 1, 2), decisions: Int32Array.of(2, 0, 0, 2) });
    expect(mixUps(twice)).toEqual([
      { actual: 1, decided: 0, count: 2 },
      { actual: 0, decided: 2, count: 1 },
    ]);
  });
});

it('every sample is counted once, undecided ones as mistakes of their class', () => {
  const outcomes = fc
    .array(fc.tuple(fc.nat({ max: 4 }), fc.integer({ min: -1, max: 4 })))
    .map((pairs) => ({ labels: Int32Array.from(pairs, ([a]) => a), decisions: Int32Array.from(pairs, ([, b]) => b) }));
  fc.assert(
    fc.property(outcomes, ({ labels, decisions }) => {
      const cells = cellsOf({ labels, decisions });
      const scores = scoresOf(cells, CLASSES);
      expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(labels.length);
      expect(scores.reduce((sum, { support }) => sum + support, 0)).toBe(labels.length);
      const correct = labels.filter((label, index) => label === decisions[index]).length;
      const hits = scores.reduce((sum, { recall, support }) => sum + (recall ?? 0) * support, 0);
      expect(hits).toBeCloseTo(correct, 9);
      const decided = decisions.filter((decision) => decision >= 0).length;
      expect(
        matrixOf(cells, 5)
          .flat()
          .reduce((sum, count) => sum + count, 0),
      ).toBe(decided);
    }),
  );
});

it('a model that gives no number for a sample, or no finite loss, has diverged: that is no result', () => {
  const outcomes = (...decisions: readonly number[]) => ({
    labels: Int32Array.of(0, 1),
    decisions: Int32Array.from(decisions),
    probabilities: new Float32Array(2),
    losses: new Float32Array(2),
  });
  expect(undecidedIn(cellsOf(outcomes(-1, 0)))).toBe(1);
  expect(exitCodeOf({ loss: 1, outcomes: outcomes(0, 0) })).toBe(0);
  expect(exitCodeOf({ loss: 1, outcomes: outcomes(0, -1) })).toBe(76);
  expect(exitCodeOf({ loss: Number.NaN, outcomes: outcomes(0, 1) })).toBe(76);
});
