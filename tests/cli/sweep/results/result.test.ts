import { describe, expect, it } from 'vitest';
import { stepsTo } from '../../../../src/cli/sweep/results/evaluation.ts';
import { averaged, ranked, resultOf, thresholdsFor } from '../../../../src/cli/sweep/results/result.ts';
import { gridOf } from '../settings.ts';
import { finished, recordOf, unfinished } from './results.ts';

const { cells } = gridOf({ seed: '1,2,3,4,5' });
const [a, b, c, d, e] = [cells[0]!, cells[1]!, cells[2]!, cells[3]!, cells[4]!];

describe('resultOf', () => {
  it('takes the first of the best evaluations, and counts time and images over all parts of the run', () => {
    const result = finished(a, 0.5, 0.9, 0.9, 0.7);
    expect(result.best).toMatchObject({ accuracy: 0.9, epoch: 2, step: 20 });
    expect(result.steps).toBe(40);
    expect(result.seconds).toBeCloseTo(40 * 0.064);
    expect(result.imagesPerSecond).toBeCloseTo(1000);
    expect(result.model).toBe('runs/seed=1/checkpoints/step-00000010.safetensors');
  });

  it('says why a run failed that left no folder', () => {
    const result = resultOf(a, 'failed', null, { code: 'NO_DATASET', message: 'There is no folder pets.' });
    expect(result).toMatchObject({
      best: null,
      steps: 0,
      diagnosis: { verdict: 'failed', sentence: 'There is no folder pets.' },
    });
  });
});

describe('averaged', () => {
  it('keeps short runs as they are, and long ones at a bounded number of means weighted by samples', () => {
    const { steps } = recordOf(
      a,
      Array.from({ length: 50 }, () => 0.5),
    );
    expect(averaged(steps.slice(0, 7), 10)).toEqual(
      steps.slice(0, 7).map(({ step, loss: value }) => ({ step, value })),
    );
    const means = averaged(steps, 10);
    expect(means).toHaveLength(10);
    const mean = (list: readonly number[]): number => list.reduce((sum, n) => sum + n, 0) / list.length;
    expect(mean(means.map(({ value }) => value))).toBeCloseTo(mean(steps.map(({ loss }) => loss)));
    const uneven = [
      { ...steps[0]!, loss: 1, samples: 3 },
      { ...steps[1]!, loss: 5, samples: 1 },
    ];
    expect(averaged(uneven, 1)).toEqual([{ step: 1.5, value: 2 }]);
  });
});

describe('ranked', () => {
  it('puts finished runs first, by accuracy, then loss; runs without a result last', () => {
    const closer = finished(b, 0.9);
    const results = [
      unfinished(e, 'missing'),
      finished(a, 0.8),
      closer,
      { ...finished(c, 0.9), best: { ...closer.best!, loss: 0.01 } },
      unfinished(d, 'begun'),
    ];
    expect(ranked(results).map(({ cell }) => cell.id)).toEqual(['seed=3', 'seed=2', 'seed=1', 'seed=4', 'seed=5']);
  });

  it('puts a run that diverged behind every one that went to its end, however good it was before', () => {
    const diverged = resultOf(a, 'diverged', recordOf(a, [0.95]), null);
    expect(ranked([diverged, finished(b, 0.2)])[0]?.cell.id).toBe('seed=2');
  });
});

it('thresholds are the highest round accuracy that was reached, and one well below', () => {
  expect(thresholdsFor([finished(a, 0.5, 0.985), finished(b, 0.3)])).toEqual([0.8, 0.98]);
  expect(thresholdsFor([finished(a, 0.15)])).toEqual([0.1]);
  expect(thresholdsFor([unfinished(a, 'missing')])).toEqual([]);
  expect(stepsTo(0.8, finished(a, 0.5, 0.985).evaluations)).toBe(20);
  expect(stepsTo(0.99, finished(a, 0.5, 0.985).evaluations)).toBeNull();
});
