import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stratifiedSplit } from '../../../src/shared/data/split.ts';

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

test('every class gives its share', () => {
  fc.assert(
    fc.property(labels, fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(), (all, share, seed) => {
      const { validation } = stratifiedSplit(all, 5, share, seed);
      for (let label = 0; label < 5; label++) {
        const members = all.filter((other) => other === label).length;
        const held = validation.filter((index) => all[index] === label).length;
        const wanted = Math.max(0, Math.min(members - 1, Math.round(members * share)));
        // One more where otherwise nothing would be held out at all.
        expect(held - wanted).toBeLessThanOrEqual(validation.length === 1 ? 1 : 0);
        expect(held).toBeGreaterThanOrEqual(wanted);
      }
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
