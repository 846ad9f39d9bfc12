import { describe, expect, it } from 'vitest';
import { gradCam, overlaid } from '../../../src/cli/inside/grad-cam.ts';
import { headGradient, lastMaps } from '../../../src/cli/inside/head-gradient.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { parameterLayout, sizeOf } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';

/** Large tensors lie before the last maps, whatever the network: nothing here depends on them, and they stay zero. */
const LARGE = 10_000;

function network(options: Partial<Job>): { readonly network: Network; readonly parameters: Float32Array } {
  const built = buildNetwork({ ...jobSchema.parse({}), ...options }, [16, 16, 3], 3);
  const { spans, length } = parameterLayout(built);
  const parameters = new Float32Array(length);
  for (const { offset, size } of spans) {
    if (size < LARGE) for (let n = 0; n < size; n++) parameters[offset + n] = Math.sin(offset + 7 * n) / 4;
  }
  return { network: built, parameters };
}

/** Values without ties, as a maximum has no slope at one. */
function featuresOf({ nodes }: Network, node: number): Float32Array {
  return Float32Array.from({ length: sizeOf(nodes[node]!.shape) }, (_, n) => ((n * 37) % 101) / 50 - 0.3 + n * 1e-4);
}

const CNN = { channels: [4, 5], dense: 6, dropout: 0.2 } as const;

describe('the gradient of a logit with respect to the last maps', () => {
  it.each([
    ['a CNN with maximum pools', { ...CNN, channels: [4, 5], activation: 'tanh' }, 'act2'],
    ['a CNN with mean pools', { ...CNN, channels: [4, 5], pool: 'avg', activation: 'sigmoid' }, 'act2'],
    ['leaky relus', { ...CNN, channels: [4, 5], activation: 'leaky_relu' }, 'act2'],
    ['ResNet-18', { model: 'resnet18' }, 'layer4.1.act2'],
  ] as [string, Partial<Job>, string][])('is what a small change of each value makes of it: %s', (_, options, name) => {
    const { network: net, parameters } = network(options);
    const node = lastMaps(net)!;
    expect(net.nodes[node]!.name).toBe(name);
    const features = featuresOf(net, node);
    const { gradient } = headGradient(net, parameters, node, features, 1);
    const logit = (changed: Float32Array): number => headGradient(net, parameters, node, changed, 1).logits[1]!;
    for (const place of [0, 7, Math.floor(features.length / 2), features.length - 1]) {
      const [up, down] = [features.slice(), features.slice()];
      up[place]! += 2 ** -10;
      down[place]! -= 2 ** -10;
      const slope = (logit(up) - logit(down)) / (up[place]! - down[place]!);
      expect(gradient[place]).toBeCloseTo(slope, 4);
    }
  });
});

describe('gradCam', () => {
  const { network: net, parameters } = network({ model: 'resnet18' });
  const node = lastMaps(net)!;
  const spans = parameterLayout(net).spans;
  const head = spans.find(({ name }) => name === 'fc.weight')!;

  it('is strongest where the channel that speaks for the class is', () => {
    const own = parameters.slice();
    own.fill(0, head.offset, head.offset + head.size);
    // Channel 5 speaks for class 2.
    own[head.offset + 5 * 3 + 2] = 1;
    const features = new Float32Array(2 * 2 * 512);
    features[3 * 512 + 5] = 4;
    features[5] = 1;
    expect(Array.from(gradCam(net, own, node, features, 2).values)).toEqual([0.25, 0, 0, 1]);
    expect(Array.from(gradCam(net, own, node, features, 0).values)).toEqual([0, 0, 0, 0]);
  });

  it('lays red over the image where it is strong, and leaves it where there is nothing', () => {
    const image = { pixels: new Uint8Array(4 * 4).fill(80), shape: [4, 4, 1] as const };
    const { pixels, shape } = overlaid(image, { shape: [2, 2], values: Float64Array.of(0, 0, 0, 1) });
    expect(shape).toEqual([4, 4, 3]);
    expect(Array.from(pixels.slice(0, 3))).toEqual([80, 80, 80]);
    const corner = Array.from(pixels.slice(-3));
    expect(corner[0]).toBeGreaterThan(150);
    expect(corner[2]).toBeLessThan(50);
  });
});

it('with a single logit, what speaks against it speaks for the first class', () => {
  const built = buildNetwork(jobSchema.parse({ model: 'resnet18', loss: 'sigmoid' }), [16, 16, 3], 2);
  const parameters = new Float32Array(parameterLayout(built).length);
  const { offset } = parameterLayout(built).spans.find(({ name }) => name === 'fc.weight')!;
  parameters[offset] = -1;
  const node = lastMaps(built)!;
  const features = new Float32Array(2 * 2 * 512);
  features[0] = 1;
  expect(gradCam(built, parameters, node, features, 0).values[0]).toBe(1);
  expect(gradCam(built, parameters, node, features, 1).values[0]).toBe(0);
});
