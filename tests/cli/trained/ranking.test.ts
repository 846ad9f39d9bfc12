import fc from 'fast-check';
import { expect, it } from 'vitest';
import { likeliest } from '../../../src/cli/trained/ranking.ts';
import { probabilitiesOf } from '../../../src/shared/network/probabilities.ts';

it('probabilities are a softmax: they add up to one, in falling order, however large the logits', () => {
  const logits = fc.array(fc.float({ min: Math.fround(-1e30), max: Math.fround(1e30), noNaN: true }), {
    minLength: 2,
    maxLength: 12,
  });
  fc.assert(
    fc.property(logits, (values) => {
      const classes = values.map((_, index) => `class ${index}`);
      const all = likeliest(Float32Array.from(values), classes, values.length);
      expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
      const order = all.map(({ label }) => values[classes.indexOf(label)]!);
      expect(order).toEqual(order.toSorted((a, b) => b - a));
    }),
  );
});

it('gives no more than asked for, the largest logit first', () => {
  expect(likeliest(Float32Array.of(0, 2, 1), ['a', 'b', 'c'], 2).map(({ label }) => label)).toEqual(['b', 'c']);
});

it('a single logit is that of the second of two classes', () => {
  const [first, second] = likeliest(Float32Array.of(2), ['cat', 'dog'], 2);
  expect([first!.label, second!.label]).toEqual(['dog', 'cat']);
  expect(first!.probability).toBeCloseTo(1 / (1 + Math.exp(-2)), 9);
  expect(probabilitiesOf(Float32Array.of(-1000))).toEqual([1, 0]);
});
