import { describe, expect, it } from 'vitest';
import { INPUT, NetworkBuilder } from '../../../src/shared/network/builder.ts';
import { gainOf, initialiseBuffers, initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { bufferLayout, parameterLayout } from '../../../src/shared/network/layout.ts';
import type { ActivationKind } from '../../../src/shared/network/activation.ts';
import type { Initialiser, Network } from '../../../src/shared/network/network.ts';

/** 100,800 weights: fan-in 3*3*40 = 360, fan-out 3*3*280 = 2520. */
function wide(initialiser: Initialiser, activation: ActivationKind): Network {
  const net = new NetworkBuilder([5, 5, 40], initialiser);
  const x = net.conv('conv', INPUT, { filters: 280, kernel: 3, stride: 1, padding: 1, bias: false });
  net.dense('fc', net.globalAverage('average', net.activation('act', x, activation)), 2);
  return net.finish('wide');
}

/** conv (fan-in 3*3*8 = 72, fan-out 3*3*40 = 360), batch norm, activation, dense. */
function network(initialiser: Initialiser, activation: ActivationKind = 'relu'): Network {
  const net = new NetworkBuilder([5, 5, 8], initialiser);
  let x = net.conv('conv', INPUT, { filters: 40, kernel: 3, stride: 1, padding: 1, bias: true });
  x = net.batchNorm('bn', x);
  x = net.activation('act', x, activation);
  net.dense('fc', net.flatten('flatten', x), 3);
  return net.finish('test');
}

function initialised(net: Network, seed = 1) {
  const layout = parameterLayout(net);
  const vector = new Float32Array(layout.length).fill(Number.NaN);
  initialiseParameters(net, seed, vector);
  const named = layout.spans.map(({ name, offset, size }) => [name, vector.slice(offset, offset + size)] as const);
  return { vector, named: Object.fromEntries(named) as Record<string, Float32Array> };
}

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

describe('initialiseParameters', () => {
  it.each([
    ['glorot_uniform', Math.sqrt(2 / (72 + 360))],
    ['glorot_normal', Math.sqrt(2 / (72 + 360))],
    ['he_uniform', Math.sqrt(2 / 72)],
    ['he_normal', Math.sqrt(2 / 72)],
    ['random_uniform', 0.05 / Math.sqrt(3)],
    ['random_normal', 0.05],
  ] as const)('%s has mean zero and the standard deviation that its definition gives', (initialiser, expected) => {
    const weights = initialised(network(initialiser)).named['conv.weight']!;
    const mean = weights.reduce((sum, x) => sum + x, 0) / weights.length;
    expect(Math.abs(mean)).toBeLessThan(0.06 * expected);
    expect(deviation(weights) / expected).toBeGreaterThan(0.96);
    expect(deviation(weights) / expected).toBeLessThan(1.04);
    const largest = weights.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    // A uniform ends at sqrt(3) deviations, and 2,880 normal values go far beyond.
    if (initialiser.endsWith('uniform')) expect(largest / expected).toBeLessThan(Math.sqrt(3) * 1.0001);
    else expect(largest / expected).toBeGreaterThan(2.5);
  });

  const [fanIn, fanOut] = [360, 2520];
  it.each([
    // Variance, and where a uniform one ends.
    ['random_uniform', 'relu', 0.05 ** 2 / 3, 0.05],
    ['random_normal', 'relu', 0.05 ** 2, null],
    ['glorot_uniform', 'tanh', 2 / (fanIn + fanOut), Math.sqrt(6 / (fanIn + fanOut))],
    ['glorot_normal', 'tanh', 2 / (fanIn + fanOut), null],
    ['he_uniform', 'relu', 2 / fanIn, Math.sqrt(6 / fanIn)],
    ['he_normal', 'relu', 2 / fanIn, null],
    ['he_uniform', 'leaky_relu', 2 / (1 + 0.01 ** 2) / fanIn, Math.sqrt(6 / (1 + 0.01 ** 2) / fanIn)],
    ['he_normal', 'tanh', 25 / 9 / fanIn, null],
    ['he_normal', 'sigmoid', 1 / fanIn, null],
  ] as const)('%s with %s: 100,800 draws have the theory’s mean, variance, shape and bounds', (...row) => {
    const [initialiser, activation, variance, bound] = row;
    const { named } = initialised(wide(initialiser, activation));
    const draws = [...named['conv.weight']!].map((x) => x / Math.sqrt(variance));
    const count = draws.length;
    const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / count;
    expect(count).toBe(100_800);
    // Four standard errors each: of the mean 1/sqrt(n), of the second moment sqrt(2/n) at most, of the fourth sqrt(96/n).
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(moment(4) - (bound === null ? 3 : 9 / 5))).toBeLessThan(4 * Math.sqrt(96 / count));
    const largest = named['conv.weight']!.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    if (bound === null) expect(largest).toBeGreaterThan(3.9 * Math.sqrt(variance));
    else {
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.9995 * bound);
    }
  });

  it('zeros makes all weights zero', () => {
    expect(initialised(network('zeros')).named['fc.weight']!.every((x) => x === 0)).toBe(true);
  });

  it('he follows the gain of the network’s activation', () => {
    const relu = initialised(network('he_normal', 'relu')).named['conv.weight']!;
    const tanh = initialised(network('he_normal', 'tanh')).named['conv.weight']!;
    expect(deviation(tanh) / deviation(relu)).toBeCloseTo(gainOf('tanh') / gainOf('relu'), 5);
  });

  it.each([
    ['he_normal', 'relu', 1],
    ['he_normal', 'tanh', 1],
    ['he_uniform', 'leaky_relu', 1],
    ['he_uniform', 'sigmoid', 1],
  ] as const)(
    '%s with %s gives the classifier, which no activation follows, a gain of 1',
    (initialiser, activation, gain) => {
      const net = new NetworkBuilder([1, 1, 400], initialiser);
      net.dense('fc2', net.activation('act', net.dense('fc1', INPUT, 400), activation), 200);
      const { named } = initialised(net.finish('test'));
      const spread = (name: string) => deviation(named[name]!) * Math.sqrt(400);
      expect(Math.abs(spread('fc2.weight') / gain - 1)).toBeLessThan(0.02);
      expect(Math.abs(spread('fc1.weight') / gainOf(activation) - 1)).toBeLessThan(0.02);
    },
  );

  it.each(['random_uniform', 'random_normal', 'glorot_uniform', 'glorot_normal'] as const)(
    '%s has no gain anywhere: the classifier is drawn as every other layer',
    (initialiser) => {
      const net = new NetworkBuilder([1, 1, 300], initialiser);
      net.dense('fc2', net.activation('act', net.dense('fc1', INPUT, 300), 'relu'), 300);
      const { named } = initialised(net.finish('test'));
      expect(deviation(named['fc2.weight']!) / deviation(named['fc1.weight']!)).toBeCloseTo(1, 1);
    },
  );

  it('gains are PyTorch’s', () => {
    expect(gainOf('relu')).toBeCloseTo(Math.SQRT2, 7);
    expect(gainOf('leaky_relu')).toBeCloseTo(1.41414285, 7);
    expect(gainOf('tanh')).toBeCloseTo(1.66666667, 7);
    expect(gainOf('sigmoid')).toBe(1);
  });

  it('biases and offsets start at zero, scales at one, and padding is zero', () => {
    const net = network('he_uniform');
    const { vector, named } = initialised(net);
    expect(named['conv.bias']!.every((x) => x === 0)).toBe(true);
    expect(named['bn.bias']!.every((x) => x === 0)).toBe(true);
    expect(named['bn.weight']!.every((x) => x === 1)).toBe(true);
    const { spans, length } = parameterLayout(net);
    for (const [index, { offset, size }] of spans.entries()) {
      const end = spans[index + 1]?.offset ?? length;
      expect(vector.subarray(offset + size, end).every((x) => x === 0)).toBe(true);
    }
  });

  it('a seed gives the same bits again, another seed others', () => {
    const net = network('he_normal');
    expect(initialised(net, 3).vector).toEqual(initialised(net, 3).vector);
    expect(initialised(net, 4).vector).not.toEqual(initialised(net, 3).vector);
  });

  it('no parameter shares its random numbers with another', () => {
    const { named } = initialised(network('random_normal'));
    expect(named['fc.weight']!.subarray(0, 8)).not.toEqual(named['conv.weight']!.subarray(0, 8));
  });

  it('refuses a vector of the wrong length', () => {
    expect(() => initialiseParameters(network('zeros'), 1, new Float32Array(5))).toThrow('holds 5 floats');
  });
});

it('running means start at zero and running variances at one', () => {
  const net = network('zeros');
  const { spans, length } = bufferLayout(net);
  const vector = new Float32Array(length).fill(Number.NaN);
  initialiseBuffers(net, vector);
  const values = spans.map(({ name, offset, size }) => [name, [...new Set(vector.subarray(offset, offset + size))]]);
  expect(values).toEqual([
    ['bn.running_mean', [0]],
    ['bn.running_var', [1]],
  ]);
});
