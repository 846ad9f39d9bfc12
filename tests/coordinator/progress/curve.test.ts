import { expect, it } from 'vitest';
import { Curve, type CurveStep } from '../../../src/coordinator/progress/curve.ts';

function stepOf(step: number, others: Partial<CurveStep> = {}): CurveStep {
  const loss = 1 / step;
  return {
    step,
    loss,
    accuracy: 1 - loss,
    samples: 10,
    learningRate: step,
    gradientNorm: step % 7,
    imagesPerSecond: 100,
    ...others,
  };
}

it('a short run has a point for each step, as it was', () => {
  const curve = new Curve(8);
  for (let step = 1; step <= 8; step++) curve.add(stepOf(step));
  expect(curve.points.map(({ step, loss, lossMin, lossMax }) => [step, loss, lossMin, lossMax])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, 1 / step, 1 / step, 1 / step]),
  );
  expect(curve.revision).toBe(0);
});

it.each([7, 8])('a long one with %i points at most keeps its means, its spike and its last step', (most) => {
  const curve = new Curve(most);
  const steps = Array.from({ length: 1_000 }, (_, n) => stepOf(n + 1, n === 500 ? { loss: 40, samples: 4 } : {}));
  for (const [index, step] of steps.entries()) {
    curve.add(step);
    expect(curve.points.length).toBeLessThanOrEqual(most);
    expect(curve.points.at(-1)!.step).toBe(index + 1);
  }
  const { points } = curve;
  const sum = (of: (one: { loss: number; samples: number }) => number, some: readonly CurveStep[] | typeof points) =>
    some.reduce((all, one) => all + of(one), 0);
  expect(sum(({ samples }) => samples, points)).toBe(sum(({ samples }) => samples, steps));
  expect(sum(({ loss, samples }) => loss * samples, points)).toBeCloseTo(
    sum(({ loss, samples }) => loss * samples, steps),
    8,
  );
  expect(Math.max(...points.map(({ lossMax }) => lossMax))).toBe(40);
  expect(Math.min(...points.map(({ lossMin }) => lossMin))).toBe(1 / 1_000);
  expect(points.map(({ learningRate }) => learningRate)).toEqual(points.map(({ step }) => step));
  expect(curve.revision).toBeGreaterThan(5);
});

it('all points but the last are of as many steps', () => {
  const curve = new Curve(8);
  for (let step = 1; step <= 77; step++) curve.add(stepOf(step));
  const widths = curve.points.map(({ samples }) => samples / 10);
  expect(new Set(widths.slice(0, -1)).size).toBe(1);
  expect(widths.at(-1)).toBeLessThanOrEqual(widths[0]!);
});

it('a loss that is no number stays none', () => {
  const curve = new Curve(2);
  for (const loss of [1, Number.NaN, 3]) curve.add(stepOf(1, { loss }));
  expect(curve.points[0]!.loss).toBeNaN();
});
