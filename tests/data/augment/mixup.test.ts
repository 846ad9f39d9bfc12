import { describe, expect, it } from 'vitest';
import { mixSamples, mixupShare } from '../../../src/data/augment/mixup.ts';

const DRAWS = 6_000;

describe('the share of a sample in its picture', () => {
  it.each([0.05, 0.2, 1, 8, 32])('is with alpha %d the larger one of Beta(alpha, alpha)', (alpha) => {
    const shares = Array.from({ length: DRAWS }, (_, sample) => mixupShare(alpha, 1, 0, sample));
    expect(shares.filter((share) => !(share >= 0.5 && share <= 1))).toEqual([]);
    expect(shares.filter((share) => Math.fround(1 - share) !== 1 - share)).toEqual([]);
    // Which of the two is taken does not change how far it lies from a half.
    const variance = shares.reduce((sum, share) => sum + (share - 0.5) ** 2, 0) / DRAWS;
    expect(variance * 4 * (2 * alpha + 1)).toBeCloseTo(1, 1);
  });

  it('has with alpha 1 the quartiles of a uniform draw', () => {
    const shares = Array.from({ length: DRAWS }, (_, sample) => mixupShare(1, 3, 1, sample)).toSorted((a, b) => a - b);
    for (const part of [0.25, 0.5, 0.75]) expect(shares[part * DRAWS]).toBeCloseTo(0.5 + part / 2, 1.5);
  });

  it('is its own in every epoch, for every sample and seed, and always the same one', () => {
    const shares = [
      [1, 0, 0],
      [1, 0, 1],
      [1, 1, 0],
      [2, 0, 0],
    ].map(([seed, epoch, sample]) => mixupShare(0.4, seed!, epoch!, sample!));
    expect(new Set(shares).size).toBe(4);
    expect(mixupShare(0.4, 1, 0, 0)).toBe(shares[0]);
  });

  it('is a number with the smallest alpha that there is', () => {
    for (let sample = 0; sample < 100; sample++) expect(mixupShare(Number.MIN_VALUE, 1, 0, sample)).toBe(1);
  });
});

describe('samples of a microbatch', () => {
  const shares = [0.75, 0.5, 1];
  const mixed = (labels: readonly number[], outputs: number, count = labels.length) => {
    const images = Float32Array.of(0, 8, 16, 32, 64, 128).slice(0, 2 * count);
    const targets = new Float32Array(count * outputs).fill(7);
    mixSamples({ images, labels: Int32Array.from(labels), targets }, { outputs }, (place) => shares[place]!);
    return { images: [...images], targets: [...targets] };
  };

  it('are blended each with the next, the last with the first, as they were before', () => {
    expect(mixed([0, 1, 2], 3).images).toEqual([4, 14, 40, 80, 64, 128]);
    expect(mixed([0, 1], 2).images).toEqual([4, 14, 8, 20]);
  });

  it('have labels that are blended by the same shares', () => {
    expect(mixed([0, 1, 2], 3).targets).toEqual([0.75, 0.25, 0, 0, 0.5, 0.5, 0, 0, 1]);
    expect(mixed([1, 1, 0], 2).targets).toEqual([0, 1, 0.5, 0.5, 1, 0]);
    expect(mixed([1, 0, 1], 1).targets).toEqual([0.75, 0.5, 1]);
  });

  it('stay as they are where there is one, or none', () => {
    expect(mixed([2], 3)).toEqual({ images: [0, 8], targets: [0, 0, 1] });
    expect(mixed([], 3)).toEqual({ images: [], targets: [] });
  });
});
