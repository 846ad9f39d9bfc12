import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundedSplit, stratifiedSplit } from '../../../src/data/samples/split.ts';

const labels = fc.array(fc.nat(4), { minLength: 1, maxLength: 120 });

test('a split holds every sample once, ascending, and leaves every class a training sample', () => {
  fc.assert(
    fc.property(labels, fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.nat(), (all, share, seed) => {
      const { train, validation } = stratifiedSplit(all, 5, share, seed);
      expect([...train, ...validation].toSorted((a, b) => a - b)).toEqual(all.map((_, i) => i));
      for (const part of [train, validation]) expect([...part].toSorted((a, b) => a - b)).toEqual(part);
      expect(new Set(train.map((i) => all[i]))).toEqual(new Set(all));
      expect(stratifiedSplit(all, 5, share, seed)).toEqual({ train, validation });
    }),
  );
});

test('the whole share is held out, and every class gives its own, or one sample more', () => {
  fc.assert(
    fc.property(labels, fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(), (all, share, seed) => {
      const { validation } = stratifiedSplit(all, 5, share, seed);
      const sizes = [0, 1, 2, 3, 4].map((label) => all.filter((other) => other === label).length);
      const most = sizes.reduce((sum, size) => sum + Math.max(0, size - 1), 0);
      expect(validation.length).toBeGreaterThanOrEqual(Math.min(most, Math.round(all.length * share)));
      sizes.forEach((size, label) => {
        const held = validation.filter((index) => all[index] === label).length;
        expect(held).toBeGreaterThanOrEqual(Math.max(0, Math.min(size - 1, Math.round(size * share))));
      });
    }),
  );
});

function countsOf(sizes: readonly number[], share: number, seed = 1): readonly number[] {
  const all = sizes.flatMap((size, label) => Array.from({ length: size }, () => label));
  const { validation } = stratifiedSplit(all, sizes.length, share, seed);
  return sizes.map((_, label) => validation.filter((index) => all[index] === label).length);
}

test('classes whose share rounds to nothing give theirs together, which of them is for the seed to say', () => {
  const fifty = Array.from({ length: 50 }, () => 2);
  const held = countsOf(fifty, 0.2);
  expect(held.filter((count) => count === 1)).toHaveLength(20);
  expect(held.filter((count) => count === 0)).toHaveLength(30);
  expect(countsOf(fifty, 0.2)).toEqual(held);
  expect(countsOf(fifty, 0.2, 2)).not.toEqual(held);
  expect(countsOf([60, 2, 1], 0.2)).toEqual([12, 1, 0]);
});

test('where what classes round to is the whole share, the split is that of earlier versions', () => {
  fc.assert(
    fc.property(labels, fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(), (all, share, seed) => {
      const earlier = roundedSplit(all, 5, share, seed);
      fc.pre(earlier.validation.length >= Math.round(all.length * share));
      expect(stratifiedSplit(all, 5, share, seed)).toEqual(earlier);
    }),
  );
});

test('a share that rounds to nothing holds out one sample where it can', () => {
  expect(stratifiedSplit([0, 1, 1, 0, 0], 2, 0.01, 1).validation).toHaveLength(1);
  expect(stratifiedSplit([0, 1], 2, 0.5, 1).validation).toHaveLength(0);
});

test('another seed holds out others', () => {
  const all = Array.from({ length: 100 }, (_, i) => i % 2);
  expect(stratifiedSplit(all, 2, 0.2, 1).validation).not.toEqual(stratifiedSplit(all, 2, 0.2, 2).validation);
});
