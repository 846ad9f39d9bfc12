import { describe, expect, it } from 'vitest';
import { sigmoidCrossEntropy } from '../../../../src/engine/interpreter/kernels/sigmoid-cross-entropy.ts';
import { softmaxCrossEntropy } from '../../../../src/engine/interpreter/kernels/softmax-cross-entropy.ts';
import {
  countsOfLabels,
  countsOfTargets,
  weightedSigmoidCrossEntropy,
  weightedSoftmaxCrossEntropy,
} from '../../../../src/engine/interpreter/kernels/weighted-cross-entropy.ts';
import { weightsOf } from '../../../../src/worker/assignment/tail.ts';
import golden from './weighted-golden.json' with { type: 'json' };

function meanOf(values: Float32Array, divisor: number): number[] {
  return Array.from(values, (value) => value / divisor);
}

function near(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i], `${i}`).toBeCloseTo(value, 6);
}

describe("divided by the weights of the batch, it is PyTorch's CrossEntropyLoss(weight):", () => {
  it.each(golden.softmax)('softmax, weights $weights, smoothing $smoothing', (of) => {
    const { labels, weights: classWeights, smoothing: labelSmoothing } = of;
    const logits = Float32Array.from(of.logits.flat());
    const [losses, gradient] = [new Float32Array(labels.length), new Float32Array(logits.length)];
    const counts = countsOfLabels(Int32Array.from(labels), classWeights.length, { labelSmoothing, classWeights });
    weightedSoftmaxCrossEntropy(logits, counts, losses, gradient);
    const divisor = weightsOf(Int32Array.from(labels), labels.length, classWeights);
    near([losses.reduce((sum, loss) => sum + loss, 0) / divisor], [of.loss]);
    near(meanOf(gradient, divisor), of.gradient.flat());
  });

  it.each(golden.sigmoid)('sigmoid, weights $weights, smoothing $smoothing', (of) => {
    const { labels, weights: classWeights, smoothing: labelSmoothing } = of;
    const logits = Float32Array.from(of.logits, (pair) => pair[1]!);
    const [losses, gradient] = [new Float32Array(labels.length), new Float32Array(logits.length)];
    const counts = countsOfLabels(Int32Array.from(labels), 2, { labelSmoothing, classWeights });
    weightedSigmoidCrossEntropy(logits, counts, losses, gradient);
    const divisor = weightsOf(Int32Array.from(labels), labels.length, classWeights);
    near([losses.reduce((sum, loss) => sum + loss, 0) / divisor], [of.loss]);
    near(
      meanOf(gradient, divisor),
      of.gradient.map((pair) => pair[1]!),
    );
  });
});

it('weights of one change nothing', () => {
  const labels = Int32Array.of(0, 1, 1);
  const two = Float32Array.of(0.5, -1, 2, 3, -0.25, 0.75);
  const outcomes = (count: number, run: (losses: Float32Array, gradient: Float32Array) => void) => {
    const [losses, gradient] = [new Float32Array(3), new Float32Array(count)];
    run(losses, gradient);
    return [...losses, ...gradient];
  };
  const ones = countsOfLabels(labels, 2, { labelSmoothing: 0.2, classWeights: [1, 1] });
  near(
    outcomes(6, (l, g) => weightedSoftmaxCrossEntropy(two, ones, l, g)),
    outcomes(6, (l, g) => softmaxCrossEntropy(two, labels, 0.2, l, g)),
  );
  const one = two.subarray(0, 3);
  near(
    outcomes(3, (l, g) => weightedSigmoidCrossEntropy(one, ones, l, g)),
    outcomes(3, (l, g) => sigmoidCrossEntropy(one, labels, 0.2, l, g)),
  );
});

describe('targets that are shares of classes', () => {
  const counting = { labelSmoothing: 0.1, classWeights: [0.5, 2, 1] };
  const logits = Float32Array.of(0.5, -1, 2, 3, -0.25, 0.75);
  const outcome = (of: Float32Array, run: (losses: Float32Array, gradient: Float32Array) => void) => {
    const [losses, gradient] = [new Float32Array(2), new Float32Array(of.length)];
    run(losses, gradient);
    return [...losses, ...gradient];
  };

  it('give the mean of the losses and gradients of their labels, by their shares', () => {
    const of = (labels: readonly number[]) =>
      outcome(logits, (l, g) =>
        weightedSoftmaxCrossEntropy(logits, countsOfLabels(Int32Array.from(labels), 3, counting), l, g),
      );
    const mixed = countsOfTargets(Float32Array.of(0.75, 0.25, 0, 0, 0.25, 0.75), 3, counting);
    const [larger, smaller] = [of([0, 2]), of([1, 1])];
    near(
      outcome(logits, (l, g) => weightedSoftmaxCrossEntropy(logits, mixed, l, g)),
      larger.map((value, i) => 0.75 * value + 0.25 * smaller[i]!),
    );
  });

  it('are with one logit the share of the second class', () => {
    const two = { labelSmoothing: 0.1, classWeights: [0.5, 2] };
    const one = Float32Array.of(0.5, -3);
    const of = (labels: readonly number[]) =>
      outcome(one, (l, g) => weightedSigmoidCrossEntropy(one, countsOfLabels(Int32Array.from(labels), 2, two), l, g));
    const mixed = countsOfTargets(Float32Array.of(0.75, 0.25), 1, two);
    const [larger, smaller] = [of([1, 0]), of([0, 1])];
    near(
      outcome(one, (l, g) => weightedSigmoidCrossEntropy(one, mixed, l, g)),
      larger.map((value, i) => 0.75 * value + 0.25 * smaller[i]!),
    );
  });
});
