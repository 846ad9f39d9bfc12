import { expect, it } from 'vitest';
import { histogramOfSpread, insideOf } from '../../../src/coordinator/tensorboard/inside.ts';
import { spreadOf } from '../../../src/worker/looking/spread.ts';
import { activation, inspection } from '../../cli/sweep/results/inspections.ts';

it('shows norms and shares as curves, and how values are spread as histograms', () => {
  const tags = insideOf(
    inspection({ activations: [activation('act1', { dead: 0.5 }), activation('act2', { function: 'tanh' })] }),
  ).map((value) => `${'scalar' in value ? 'curve' : 'histogram'} ${value.tag}`);
  expect(tags).toContain('curve gradient_norm/conv1');
  expect(tags).toContain('histogram gradient/fc2');
  expect(tags).toContain('curve update_ratio/conv1');
  expect(tags.filter((tag) => /act/.test(tag))).toEqual([
    ...['curve dead/act1', 'histogram activation/act1', 'curve saturated/act2', 'histogram activation/act2'],
  ]);
});

it('writes the same sums and bars in the words of TensorBoard', () => {
  const made = histogramOfSpread(spreadOf(Float32Array.of(-1, 0, 3)))!;
  expect(made).toMatchObject({ min: -1, max: 3, count: 3 });
  expect(made.sum).toBeCloseTo(2);
  expect(made.sumOfSquares).toBeCloseTo(10);
  expect(made.limits).toHaveLength(made.buckets.length);
  expect(made.limits.at(-1)).toBe(3);
  expect(made.buckets.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(histogramOfSpread(spreadOf(Float32Array.of(Number.NaN)))).toBeNull();
});
