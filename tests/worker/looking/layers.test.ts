import { expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { parameterLayout } from '../../../src/shared/network/layout.ts';
import { lookAtLayers } from '../../../src/worker/looking/layers.ts';

const network = buildNetwork(jobSchema.parse({ channels: [2], dense: 3, freeze: 'fc1' }), [8, 8, 1], 2);
const { spans, length } = parameterLayout(network);
const vectors = () => ({
  before: new Float32Array(length).fill(0.5),
  after: new Float32Array(length).fill(0.5),
  gradient: new Float32Array(length).fill(2),
  scale: 0.25,
});

it('tells of convolutions and dense layers that learn, the first one at the images', () => {
  expect(lookAtLayers(network, spans, vectors()).map(({ name }) => name)).toEqual(['conv1', 'fc2']);
});

it('measures the mean gradient and what the step changed', () => {
  const some = vectors();
  some.after.fill(0.55);
  const [conv] = lookAtLayers(network, spans, some);
  expect(conv!.gradient.norm).toBeCloseTo(0.5 * Math.sqrt(18));
  expect(conv!.gradient.values).toMatchObject({ count: 18, mean: 0.5 });
  expect(conv!.update.ratio).toBeCloseTo(0.1);
  expect(conv!.update.values.mean).toBeCloseTo(-1);
  expect(conv!.weightNorm).toBeCloseTo(0.55 * Math.sqrt(18));
});

it('tells units that are alike from others, whatever the last bits are, and has nothing to divide by zero', () => {
  const some = vectors();
  // The last axis is that of the units.
  for (let index = 1; index < 18; index += 2) some.after[spans[0]!.offset + index] = 0.5 * (1 + 1e-6);
  some.after[spans.at(-2)!.offset] = 0.6;
  some.before.fill(0);
  const [conv, head] = lookAtLayers(network, spans, some);
  expect([conv!.alike, head!.alike]).toEqual([true, false]);
  expect(conv!.update).toMatchObject({ ratio: 0, values: { count: 0 } });
  expect(lookAtLayers(network, spans, { ...some, after: new Float32Array(length) })[0]!.alike).toBe(true);
});
