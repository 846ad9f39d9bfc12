import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { sizeOf } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import { validateProgram } from '../../engine/program/validate.ts';

function build(options: Partial<Job>, input: Network['input'], classes: number): Network {
  return buildNetwork({ ...jobSchema.parse({}), ...options }, input, classes);
}

function countOf({ parameters }: Network): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function shapesOf({ nodes }: Network): Record<string, readonly number[]> {
  return Object.fromEntries(nodes.map(({ name, shape }) => [name, shape]));
}

describe('ResNet-18', () => {
  it('has 11,173,962 parameters with the 3x3 stem and 10 classes', () => {
    expect(countOf(build({ model: 'resnet18' }, [32, 32, 3], 10))).toBe(11_173_962);
  });

  it('has 11,689,512 parameters with the 7x7 stem and 1000 classes', () => {
    expect(countOf(build({ model: 'resnet18' }, [224, 224, 3], 1000))).toBe(11_689_512);
  });

  it('takes the 7x7 stem from 96 pixels on', () => {
    expect(build({ model: 'resnet18' }, [95, 200, 3], 10).parameters[0]!.shape).toEqual([3, 3, 3, 64]);
    expect(build({ model: 'resnet18' }, [96, 96, 3], 10).parameters[0]!.shape).toEqual([7, 7, 3, 64]);
  });

  it('halves the image in the stem, its pool and each stage but the first', () => {
    const shapes = shapesOf(build({ model: 'resnet18' }, [224, 224, 3], 10));
    expect(shapes['conv1']).toEqual([112, 112, 64]);
    expect(shapes['maxpool']).toEqual([56, 56, 64]);
    expect(shapes['layer1.1.act2']).toEqual([56, 56, 64]);
    expect(shapes['layer2.1.act2']).toEqual([28, 28, 128]);
    expect(shapes['layer4.1.act2']).toEqual([7, 7, 512]);
    expect(shapes['fc']).toEqual([10]);
  });

  it('names parameters and buffers as torchvision does, in its order', () => {
    const { parameters, buffers } = build({ model: 'resnet18' }, [32, 32, 3], 10);
    const names = parameters.map(({ name }) => name);
    expect(names.slice(0, 6)).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'layer1.0.conv1.weight',
      'layer1.0.bn1.weight',
      'layer1.0.bn1.bias',
    ]);
    const block = names.filter((name) => name.startsWith('layer2.0.'));
    expect(block.map((name) => name.slice('layer2.0.'.length))).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'conv2.weight',
      'bn2.weight',
      'bn2.bias',
      'downsample.0.weight',
      'downsample.1.weight',
      'downsample.1.bias',
    ]);
    expect(names.slice(-2)).toEqual(['fc.weight', 'fc.bias']);
    expect(names).toHaveLength(62);
    expect(buffers.slice(0, 2).map(({ name }) => name)).toEqual(['bn1.running_mean', 'bn1.running_var']);
    expect(buffers).toHaveLength(40);
  });

  it('projects the shortcut only where the shape changes', () => {
    const names = build({ model: 'resnet18' }, [32, 32, 3], 10).nodes.map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('downsample.0'))).toEqual([
      'layer2.0.downsample.0',
      'layer3.0.downsample.0',
      'layer4.0.downsample.0',
    ]);
  });

  it('starts the last batch norm of each block at zero where that is asked for', () => {
    const { parameters } = build({ model: 'resnet18', zeroInitResidual: true }, [32, 32, 3], 10);
    const zero = parameters.filter(({ name, initialiser }) => name.endsWith('.weight') && initialiser === 'zeros');
    expect(zero.map(({ name }) => name)).toEqual(
      [1, 2, 3, 4].flatMap((stage) => [0, 1].map((block) => `layer${stage}.${block}.bn2.weight`)),
    );
  });

  it('without shortcuts has neither them nor their projections, and every other layer with its name', () => {
    const [whole, plain] = [false, true].map((noSkip) => build({ model: 'resnet18', noSkip }, [32, 32, 3], 10));
    const shortcut = /\.(add|downsample\.[01])$/;
    const names = ({ nodes }: Network) => nodes.map(({ name }) => name);
    expect(names(plain!)).toEqual(names(whole!).filter((name) => !shortcut.test(name)));
    expect(plain!.nodes.some(({ layer }) => layer.kind === 'add')).toBe(false);
    expect(countOf(whole!) - countOf(plain!)).toBe(64 * 128 + 128 * 256 + 256 * 512 + 2 * (128 + 256 + 512));
    expect(plain!.nodes.at(-3)).toMatchObject({ name: 'layer4.1.act2', shape: [4, 4, 512] });
  });

  it('works on images of 8 pixels', () => {
    expect(shapesOf(build({ model: 'resnet18' }, [8, 8, 1], 10))['layer4.1.act2']).toEqual([1, 1, 512]);
  });
});

it('both networks take images of any size from 8 pixels a side on, grey or in colour', () => {
  const side = fc.integer({ min: 8, max: 130 });
  fc.assert(
    fc.property(
      fc.constantFrom('cnn', 'resnet18'),
      side,
      side,
      fc.constantFrom(1, 3),
      (model, height, width, channels) => {
        const network = build({ model, channels: [2, 2, 2, 2] }, [height, width, channels], 10);
        validateProgram(trainingProgram(network, 2, { labelSmoothing: 0 }));
        validateProgram(forwardProgram(network, 2, { labels: true }));
        expect(network.nodes.at(-1)!.shape).toEqual([10]);
      },
    ),
    { seed: 4, numRuns: 40 },
  );
});

describe('the CNN', () => {
  it('pools after each block', () => {
    const network = build({ channels: [32, 64, 128], dense: 128 }, [32, 32, 3], 10);
    expect(shapesOf(network)['flatten']).toEqual([4 * 4 * 128]);
    expect(countOf(network)).toBe(
      3 * 9 * 32 + 32 + 32 * 9 * 64 + 64 + 64 * 9 * 128 + 128 + 2048 * 128 + 128 + 128 * 10 + 10,
    );
  });

  it('stops pooling once a side has fewer than two pixels, and goes on with convolutions', () => {
    const network = build({ channels: [4, 4, 4, 4, 4] }, [8, 9, 1], 10);
    expect(network.nodes.filter(({ layer }) => layer.kind === 'pool')).toHaveLength(3);
    expect(network.nodes.filter(({ layer }) => layer.kind === 'conv')).toHaveLength(5);
    expect(shapesOf(network)['conv5']).toEqual([1, 1, 4]);
  });

  it('has a dropout layer, with its mask, only where the rate is above zero', () => {
    expect(build({ dropout: 0 }, [8, 8, 1], 10).masks).toEqual([]);
    const network = build({ dropout: 0.25, dense: 16 }, [8, 8, 1], 10);
    expect(network.masks).toEqual([{ shape: [16], rate: 0.25 }]);
    expect(network.nodes.at(-2)!.layer.kind).toBe('dropout');
  });

  it('has filters of any odd size that keep the image’s, average pools, and batch norm in place of biases', () => {
    const network = build({ channels: [4, 6], kernel: 5, pool: 'avg', batchNorm: true }, [9, 12, 1], 3);
    expect(network.parameters.map(({ name, shape }) => [name, shape]).slice(0, 3)).toEqual([
      ['conv1.weight', [5, 5, 1, 4]],
      ['bn1.weight', [4]],
      ['bn1.bias', [4]],
    ]);
    expect(network.buffers.map(({ name }) => name).slice(0, 2)).toEqual(['bn1.running_mean', 'bn1.running_var']);
    expect(shapesOf(network)['conv2']).toEqual([4, 6, 6]);
    const pools = network.nodes.flatMap(({ layer }) => (layer.kind === 'pool' ? [layer.mode] : []));
    expect(pools).toEqual(['avg', 'avg']);
  });

  it('ends with one logit for two classes where the loss is that of a sigmoid', () => {
    const network = build({ loss: 'sigmoid' }, [8, 8, 1], 2);
    expect([network.classes, network.outputs]).toEqual([2, 1]);
    expect(network.nodes.at(-1)!.shape).toEqual([1]);
    expect(() => build({ loss: 'sigmoid' }, [8, 8, 1], 3)).toThrow('tells two classes apart, and there are 3');
  });

  it('ends with one logit for each class', () => {
    const network = build({}, [8, 8, 1], 7);
    expect(network.classes).toBe(7);
    expect(network.nodes.at(-1)!.shape).toEqual([7]);
  });
});
