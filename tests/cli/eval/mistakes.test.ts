import { expect, it } from 'vitest';
import { worstMistakes } from '../../../src/cli/eval/mistakes.ts';

const outcomes = {
  labels: Int32Array.of(0, 1, 2, 0, 1, 2),
  decisions: Int32Array.of(0, 0, 1, -1, 2, 2),
  probabilities: Float32Array.of(0.9, 0.75, 0.5, Number.NaN, 0.625, 0.4),
  losses: Float32Array.of(0.1, 2, 3, Number.NaN, 2, 9),
};

it('the mistake with the highest loss comes first; one without a number is worse than any; what is right is none', () => {
  const worst = worstMistakes(outcomes, 10);
  expect(worst.map(({ sample }) => sample)).toEqual([3, 2, 1, 4]);
  expect(worst[1]).toEqual({ sample: 2, actual: 2, decided: 1, probability: 0.5, loss: 3 });
});

it('gives no more than asked for', () => {
  expect(worstMistakes(outcomes, 2).map(({ sample }) => sample)).toEqual([3, 2]);
});
