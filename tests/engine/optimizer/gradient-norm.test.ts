import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import { clipFactor, GradientNorm } from '../../../src/engine/optimizer/gradient-norm.ts';

const kernels = await Kernels.load(new SharedArena({ maximumBytes: 2 ** 20 }));
const sizes = [5, 1, 33, 16];
let length = 0;
const spans = sizes.map((size, index) => {
  const span = { name: `p${index}`, shape: [size], offset: length, size };
  length += Math.ceil(size / 16) * 16;
  return span;
});
const gradient = kernels.arena.allocateFloats(length);

it('the norm has the same bits in whatever order and groups gradients come', () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 })),
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (values, order, cut) => {
        for (const { offset, size } of spans) {
          for (let i = offset; i < offset + size; i++) gradient[i] = values.next().value!;
        }
        const [together, apart] = [0, 1].map(() => new GradientNorm({ spans, length }, kernels));
        together!.add([0, 1, 2, 3], gradient);
        apart!.add(order.slice(0, cut), gradient);
        apart!.add(order.slice(cut), gradient);
        expect(apart!.norm(0.125)).toBe(together!.norm(0.125));
        const exact = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)) / 8;
        expect(together!.norm(0.125)).toBeCloseTo(exact, 10);
      },
    ),
  );
});

it('a gradient is shrunk to the limit where it is longer, and otherwise left alone', () => {
  expect(clipFactor(10, 2.5) * 10).toBeCloseTo(2.5, 6);
  expect(clipFactor(2, 2.5)).toBe(1);
  expect(clipFactor(0, 2.5)).toBe(1);
});

it('a gradient that is no number does not pass for a small one', () => {
  expect(clipFactor(Number.NaN, 1)).toBeNaN();
  expect(clipFactor(Number.POSITIVE_INFINITY, 1)).toBe(0);
});
