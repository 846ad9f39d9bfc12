import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { bufferLayout, parameterLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { bufferPlaces, parameterPlaces } from '../../../src/engine/program/steps/places.ts';
import { validateProgram } from './validate.ts';

const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    model: fc.constantFrom('cnn', 'resnet18'),
    channels: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
    dropout: fc.constantFrom(0, 0.5),
    activation: fc.constantFrom('relu', 'leaky_relu', 'sigmoid', 'tanh'),
    height: fc.integer({ min: 8, max: 120 }),
    width: fc.integer({ min: 8, max: 120 }),
    colours: fc.constantFrom(1, 3),
    classes: fc.integer({ min: 2, max: 12 }),
  })
  .map(({ height, width, colours, classes, ...options }) =>
    buildNetwork({ ...jobSchema.parse({}), ...options }, [height, width, colours], classes),
  );

function sources(program: StepProgram, kind: string): number {
  return program.inputs.filter(({ source }) => source.kind === kind).length;
}

function place({ offset, size }: { readonly offset: number; readonly size: number }) {
  return { offset, size };
}

describe('training and forward programs', () => {
  it('are valid for any network and batch, with every input that the network has', () => {
    fc.assert(
      fc.property(anyNetwork, fc.integer({ min: 1, max: 64 }), (network, batch) => {
        const training = trainingProgram(network, batch, { labelSmoothing: 0.1 });
        const labelled = forwardProgram(network, batch, { labels: true });
        const bare = forwardProgram(network, batch, { labels: false });
        for (const program of [training, labelled, bare]) {
          validateProgram(program);
          expect(sources(program, 'parameter')).toBe(network.parameters.length);
          expect(program.values[program.logits]!.shape).toEqual([batch, network.classes]);
        }
        expect(training.gradients).toHaveLength(network.parameters.length);
        expect(training.statistics.map(({ buffer }) => buffer)).toEqual(network.buffers.map((_, index) => index));
        expect(sources(training, 'mask')).toBe(network.masks.length);
        expect(sources(training, 'buffer')).toBe(0);
        expect(sources(labelled, 'buffer')).toBe(network.buffers.length);
        expect(sources(labelled, 'mask')).toBe(0);
        expect(sources(bare, 'labels')).toBe(0);
        expect(bare.losses).toBeNull();
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  it('place parameters and buffers where the network’s layouts do', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        for (const program of [
          trainingProgram(network, 2, { labelSmoothing: 0 }),
          forwardProgram(network, 2, { labels: true }),
        ]) {
          expect(parameterPlaces(program)).toEqual(parameterLayout(network).spans.map(place));
          expect(bufferPlaces(program)).toEqual(bufferLayout(network).spans.map(place));
        }
      }),
      { seed: 4, numRuns: 20 },
    );
  });

  it('compute no gradient of the images', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const program = trainingProgram(network, 2, { labelSmoothing: 0 });
        const count = (op: string) => program.operations.filter((operation) => operation.op === op).length;
        expect(count('conv2dGradFilter')).toBe(count('conv2d'));
        expect(count('conv2dGradInput')).toBe(count('conv2d') - 1);
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  it('complete the last layer’s gradients first', () => {
    const network = buildNetwork({ ...jobSchema.parse({}), model: 'resnet18' }, [32, 32, 3], 10);
    const { gradients } = trainingProgram(network, 2, { labelSmoothing: 0 });
    const order = gradients.map(({ parameter }) => network.parameters[parameter]!.name);
    expect(order.slice(0, 2).toSorted()).toEqual(['fc.bias', 'fc.weight']);
    expect(order.at(-1)).toBe('conv1.weight');
  });
});

describe('validateProgram', () => {
  const network = buildNetwork({ ...jobSchema.parse({}), channels: [2] }, [4, 4, 1], 2);
  const good = trainingProgram(network, 2, { labelSmoothing: 0 });

  it.each([
    ['an operation that reads too early', { operations: good.operations.toReversed() }, 'before it is written'],
    ['a missing gradient', { gradients: good.gradients.slice(1) }, 'exactly one gradient'],
    ['a wrong last use', { lastUse: good.lastUse.map((use) => use + 1) }, 'last uses'],
    [
      'a gradient that claims to be ready too early',
      { gradients: good.gradients.map((gradient) => ({ ...gradient, readyAfter: 0 })) },
      'is not ready',
    ],
    [
      'a wrong shape',
      { values: good.values.map((value, index) => (index === good.logits ? { ...value, shape: [2, 3] } : value)) },
      'expected',
    ],
    ['two values of one name', { values: good.values.map((value) => ({ ...value, name: 'same' })) }, 'not unique'],
  ])('finds %s', (_, change, message) => {
    validateProgram(good);
    expect(() => validateProgram({ ...good, ...change })).toThrow(message);
  });
});
