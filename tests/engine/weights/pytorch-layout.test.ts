import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { sizeOf } from '../../../src/shared/network/layout.ts';
import { fromPytorch, pytorchParameters, toPytorch } from '../../../src/engine/weights/pytorch-layout.ts';

const cnn = buildNetwork(jobSchema.parse({ channels: [2, 3], dense: 4 }), [8, 12, 1], 5);

/** 0, 1, 2 and so on. */
function numbers(count: number): Float32Array {
  const all = new Float32Array(count);
  for (let index = 0; index < count; index++) all[index] = index;
  return all;
}

it('every tensor of both networks comes back as it was, and keeps its size', () => {
  const resnet = buildNetwork(jobSchema.parse({ model: 'resnet18' }), [16, 16, 3], 7);
  for (const network of [cnn, resnet]) {
    for (const [index, layout] of pytorchParameters(network).entries()) {
      const size = sizeOf(network.parameters[index]!.shape);
      expect(sizeOf(layout.shape)).toBe(size);
      const values = numbers(size);
      const back = fromPytorch(toPytorch(values, layout), layout);
      expect(Buffer.compare(new Uint8Array(back.buffer), new Uint8Array(values.buffer))).toBe(0);
    }
  }
});

it('filters stand at [out, in, height, width], and dense weights at [out, in]', () => {
  const shapes = pytorchParameters(cnn).map(({ name, shape }) => [name, shape]);
  expect(Object.fromEntries(shapes)).toEqual({
    'conv1.weight': [2, 1, 3, 3],
    'conv1.bias': [2],
    'conv2.weight': [3, 2, 3, 3],
    'conv2.bias': [3],
    'fc1.weight': [4, 18],
    'fc1.bias': [4],
    'fc2.weight': [5, 4],
    'fc2.bias': [5],
  });
  const filter = pytorchParameters(cnn)[2]!;
  const ours = numbers(54);
  const theirs = toPytorch(ours, filter);
  fc.assert(
    fc.property(fc.nat(2), fc.nat(2), fc.nat(1), fc.nat(2), (row, column, input, output) => {
      const there = ((output * 2 + input) * 3 + row) * 3 + column;
      const here = ((row * 3 + column) * 2 + input) * 3 + output;
      expect(theirs[there]).toBe(ours[here]);
    }),
  );
});

it('the dense layer after a flattened image reads channels first', () => {
  const [, , , , layout] = pytorchParameters(cnn);
  const ours = numbers(72);
  const theirs = toPytorch(ours, layout!);
  // The image is 2 x 3 with 3 channels, and there are 4 units.
  fc.assert(
    fc.property(fc.nat(1), fc.nat(2), fc.nat(2), fc.nat(3), (row, column, channel, unit) => {
      const there = unit * 18 + (channel * 2 + row) * 3 + column;
      const here = ((row * 3 + column) * 3 + channel) * 4 + unit;
      expect(theirs[there]).toBe(ours[here]);
    }),
  );
});
