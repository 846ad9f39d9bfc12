import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epochOrder } from '../../../src/data/samples/sampler.ts';

test('an epoch holds every sample once, in an order that seed and epoch decide', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(1000), fc.integer({ min: 1, max: 300 }), (seed, epoch, samples) => {
      const order = epochOrder(seed, epoch, samples);
      expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
      expect(epochOrder(seed, epoch, samples)).toEqual(order);
    }),
  );
});

test('epochs and seeds differ in their order', () => {
  const orders = [epochOrder(1, 0, 50), epochOrder(1, 1, 50), epochOrder(2, 0, 50)].map((order) => order.join());
  expect(new Set(orders).size).toBe(3);
});

test('the order is the recorded one: a change would break resuming', () => {
  expect([...epochOrder(1, 0, 10)]).toEqual([5, 3, 7, 8, 1, 4, 0, 6, 9, 2]);
});

test('each place is as likely for each sample', () => {
  const counts = new Uint32Array(16);
  const rounds = 4000;
  for (let epoch = 0; epoch < rounds; epoch++) {
    const order = epochOrder(3, epoch, 4);
    order.forEach((sample, place) => counts[4 * place + sample]!++);
  }
  // Six standard deviations of a binomial with p = 1/4.
  const allowed = 6 * Math.sqrt((rounds * 3) / 16);
  for (const count of counts) expect(Math.abs(count - rounds / 4)).toBeLessThan(allowed);
});
