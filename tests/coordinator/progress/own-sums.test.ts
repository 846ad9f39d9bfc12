import { describe, expect, it } from 'vitest';
import { DIVERGED } from '../../../src/shared/checkpoint/finite.ts';
import { OwnSums } from '../../../src/coordinator/progress/own-sums.ts';
import type { CommittedStep } from '../../../src/coordinator/progress/step-collector.ts';

function committed(step: number, sums: Partial<CommittedStep> = {}): CommittedStep {
  const position = { epoch: 0, start: 0, end: 1 } as CommittedStep['position'];
  return { step, position, lossSum: 1, correct: 0, samples: 1, learningRate: 1, gradientNorm: 1, ...sums };
}

describe('a step', () => {
  it('whose sums are numbers passes, whatever was told of it before', () => {
    const own = new OwnSums();
    own.add(3, { name: 'a', lossSum: Number.NaN });
    expect(() => own.requireFinite(committed(3))).not.toThrow();
  });

  it.each([
    [{ lossSum: Number.NaN }, /The loss of step 4 is NaN/],
    [{ lossSum: Number.POSITIVE_INFINITY }, /The loss of step 4 is Infinity/],
    [{ gradientNorm: Number.NaN }, /The norm of the gradient of step 4 is NaN/],
  ])('that is no number has diverged: %j', (sums, sentence) => {
    const own = new OwnSums();
    for (const name of ['a', 'b']) own.add(3, { name, lossSum: Number.NaN });
    expect(() => own.requireFinite(committed(3, sums))).toThrow(sentence);
    expect(() => new OwnSums().requireFinite(committed(3, sums))).toThrow(
      expect.objectContaining({ code: DIVERGED }) as Error,
    );
  });

  it('that is no number at some alone is their fault, by what they told of this step and no other', () => {
    const own = new OwnSums();
    own.add(2, { name: 'a', lossSum: Number.NaN });
    own.add(3, { name: 'a', lossSum: 1 });
    own.add(3, { name: 'b', lossSum: Number.NaN });
    own.requireFinite(committed(2));
    expect(() => own.requireFinite(committed(3, { lossSum: Number.NaN }))).toThrow(/step 4 is not finite at b alone/);
    own.clear();
    expect(() => own.requireFinite(committed(3, { lossSum: Number.NaN }))).toThrow(/The loss of step 4 is NaN/);
  });
});
