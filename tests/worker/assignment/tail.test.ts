import { describe, expect, it } from 'vitest';
import type { StepVectorLayout } from '../../../src/shared/network/layout.ts';
import {
  countsOf,
  shownOf,
  sumOf,
  weightsOf,
  weightsOfTargets,
  writeTail,
} from '../../../src/worker/assignment/tail.ts';

const layout: StepVectorLayout = {
  parameters: { spans: [], length: 16 },
  buffers: { spans: [], length: 16 },
  statistics: 16,
  scalars: 32,
  length: 48,
};

describe('sumOf', () => {
  it('counts a sample as correct where the first of its largest logits is at its label', () => {
    const logits = Float32Array.of(0, 2, 2, /**/ 1, 0, 1, /**/ -3, -2, -1);
    const losses = Float32Array.of(1, 1, 1);
    expect(sumOf({ logits, losses }, Int32Array.of(1, 0, 2), 3, 3).correct).toBe(3);
    expect(sumOf({ logits, losses }, Int32Array.of(2, 2, 0), 3, 3).correct).toBe(0);
  });

  it('takes a single logit for that of the second of two classes', () => {
    const logits = Float32Array.of(-1, 0.5, 0, Number.NaN);
    const losses = Float32Array.of(1, 1, 1, 1);
    expect(sumOf({ logits, losses }, Int32Array.of(0, 1, 0, 0), 4, 1).correct).toBe(3);
    expect(sumOf({ logits, losses }, Int32Array.of(1, 0, 1, 1), 4, 1).correct).toBe(0);
  });

  it('sums losses in float32 and in the order of samples', () => {
    const losses = Float32Array.of(2 ** 24, 1, 1);
    const { lossSum } = sumOf({ logits: new Float32Array(6), losses }, new Int32Array(3), 3, 2);
    // In float64 it would be 2 ** 24 + 2.
    expect(lossSum).toBe(2 ** 24);
  });

  it('lets a loss that is not a number through, and calls no such sample correct', () => {
    const nan = Float32Array.of(Number.NaN, Number.NaN);
    const sums = sumOf({ logits: nan, losses: nan.subarray(0, 1) }, Int32Array.of(0), 1, 2);
    expect(sums).toEqual({ lossSum: Number.NaN, correct: 0, samples: 1 });
  });

  it.each([
    [[Number.NaN, 1, 2], 3],
    [[1, Number.NaN, 2], 3],
    [[Infinity, 1, 2], 3],
    [[1, 2, -Infinity], 3],
    [[Infinity], 1],
    [[-Infinity], 1],
  ])('calls a sample with the logits %j correct for no label, as they are not all finite', (logits, outputs) => {
    for (const label of [0, 1, 2]) {
      const result = { logits: Float32Array.from(logits), losses: Float32Array.of(1) };
      expect(sumOf(result, Int32Array.of(label), 1, outputs).correct).toBe(0);
    }
  });
});

describe('the weights of a microbatch', () => {
  it('are those of its labels, and where they are mixed of each class by its share', () => {
    const weights = [0.5, 2, 1];
    expect(weightsOf(Int32Array.of(0, 1, 1), 3, weights)).toBe(4.5);
    expect(weightsOfTargets(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 1, 0), 3, weights)).toBe(4.5);
    expect(weightsOfTargets(Float32Array.of(0.75, 0.25, 0, 0, 0.5, 0.5), 3, weights)).toBe(0.875 + 1.5);
    expect(weightsOfTargets(Float32Array.of(0.75, 0), 1, [0.5, 2])).toBe(1.625 + 0.5);
  });
});

describe('writeTail', () => {
  it('weights the statistics by samples, writes the scalars and leaves gradients alone', () => {
    const vector = new Float32Array(48).fill(7);
    const statistics = Float32Array.from({ length: 16 }, (_, i) => i / 2);
    writeTail(vector, layout, statistics, { lossSum: 1.5, correct: 2, samples: 3 });
    expect([...vector.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, () => 7));
    expect([...vector.subarray(16, 32)]).toEqual([...statistics].map((x) => 3 * x));
    expect([...vector.subarray(32, 36)]).toEqual([1.5, 2, 3, 0]);
  });
});

it('counts answers and labels by class, and no answer of logits that are no numbers', () => {
  const two = { outputs: 2, classes: 2 };
  expect(countsOf(Float32Array.of(1, 2, 3, 1, Number.NaN, 0), Int32Array.of(0, 0, 1), 3, two)).toEqual({
    answers: [1, 1],
    labels: [2, 1],
  });
  const one = { outputs: 1, classes: 2 };
  expect(countsOf(Float32Array.of(-1, 2), Int32Array.of(1, 1), 2, one)).toEqual({ answers: [1, 1], labels: [0, 2] });
});

it('tells of the samples that people are shown what they are taken for, and how surely', () => {
  const logits = Float32Array.of(0, Math.log(3), /**/ 5, 5, /**/ Number.NaN, 1);
  const shown = shownOf(logits, 2, { chunk: { start: 4, end: 7 }, samples: 7 });
  expect(shown.map(([sample, answer]) => [sample, answer])).toEqual([
    [4, 1],
    [5, 0],
  ]);
  expect(shown.map(([, , probability]) => probability)).toEqual([expect.closeTo(0.75, 6), 0.5]);
  const single = shownOf(Float32Array.of(-Math.log(4)), 1, { chunk: { start: 0, end: 1 }, samples: 1 });
  expect(single).toEqual([[0, 0, expect.closeTo(0.8, 6)]]);
});
