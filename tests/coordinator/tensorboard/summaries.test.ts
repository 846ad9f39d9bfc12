import { expect, it } from 'vitest';
import { scalarsOf, histogramsOf } from '../../../src/coordinator/tensorboard/summaries.ts';
import type { Tensor } from '../../../src/shared/checkpoint/safetensors.ts';

const common = { time: '2026-01-01T00:00:00.000Z', step: 3, epoch: 0, loss: 0.5, accuracy: 0.75, samples: 8 };

it('a step and an evaluation show what is in their lines, under the same tags where they are of the same', () => {
  const rates = { learningRate: 0.1, gradientNorm: 2, imagesPerSecond: 400, seconds: 0.02 };
  expect(scalarsOf({ type: 'step', ...common, ...rates })).toEqual([
    { tag: 'loss', scalar: 0.5 },
    { tag: 'accuracy', scalar: 0.75 },
    { tag: 'learning_rate', scalar: 0.1 },
    { tag: 'gradient_norm', scalar: 2 },
    { tag: 'images_per_second', scalar: 400 },
  ]);
  expect(scalarsOf({ type: 'evaluation', ...common })).toEqual([
    { tag: 'loss', scalar: 0.5 },
    { tag: 'accuracy', scalar: 0.75 },
  ]);
});

it('the tensors of a layer stand together; the optimiser has no layers', () => {
  const floats = (name: string, values: readonly number[]): Tensor => {
    // At an odd place, as in a file that somebody else wrote.
    const bytes = new Uint8Array(4 * values.length + 1).subarray(1);
    bytes.set(new Uint8Array(Float32Array.from(values).buffer));
    return { name, type: 'F32', shape: [values.length], bytes };
  };
  const summaries = histogramsOf([
    floats('layer1.0.bn1.weight', [1, 2]),
    floats('layer1.0.bn1.running_mean', [Number.NaN]),
    floats('optimizer.momentum.layer1.0.bn1.weight', [0]),
    floats('weight', [-3]),
  ]);
  expect(summaries).toMatchObject([
    { tag: 'layer1.0.bn1/weight', histogram: { count: 2, min: 1, max: 2 } },
    { tag: 'weight', histogram: { count: 1, min: -3, max: -3 } },
  ]);
});
