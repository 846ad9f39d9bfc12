import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { stepVectorLayout } from '../../../src/shared/network/layout.ts';
import { planBuckets } from '../../../src/shared/network/buckets.ts';
import { trainingProgram } from '../../../src/engine/program/build.ts';
import { validateProgram } from '../../engine/program/validate.ts';

function resnet(freeze: string | null) {
  return buildNetwork(jobSchema.parse({ model: 'resnet18', freeze }), [16, 16, 3], 10);
}

function frozenIn(freeze: string) {
  return resnet(freeze).parameters.flatMap(({ name, frozen }) => (frozen ? [name] : []));
}

describe('freeze', () => {
  it('freezes layers by name, and groups of them', () => {
    expect(frozenIn('conv1, bn1')).toEqual(['conv1.weight', 'bn1.weight', 'bn1.bias']);
    expect(frozenIn('layer1.0.conv2')).toEqual(['layer1.0.conv2.weight']);
    expect(frozenIn('layer4').every((name) => name.startsWith('layer4.'))).toBe(true);
    expect(frozenIn('layer4')).toHaveLength(15);
  });

  it('all-but-head leaves the last layer', () => {
    const trained = resnet('all-but-head').parameters.flatMap(({ name, frozen }) => (frozen ? [] : [name]));
    expect(trained).toEqual(['fc.weight', 'fc.bias']);
    const cnn = buildNetwork(jobSchema.parse({ freeze: 'all-but-head' }), [16, 16, 3], 10);
    expect(cnn.parameters.flatMap(({ name, frozen }) => (frozen ? [] : [name]))).toEqual(['fc2.weight', 'fc2.bias']);
  });

  it('a name does not freeze layers that only begin with it', () => {
    const names = frozenIn('layer1.0.bn1');
    expect(names).toEqual(['layer1.0.bn1.weight', 'layer1.0.bn1.bias']);
  });

  it.each([
    ['layer5', 'Did you mean layer'],
    ['all-but-heat', 'Did you mean all-but-head?'],
    ['conv1,bnl', 'no layer bnl. Did you mean bn1?'],
    ['something', 'There are conv1, bn1, layer1'],
  ])('says of %s which layer was probably meant', (which, sentence) => {
    expect(() => resnet(which)).toThrow(sentence);
  });

  it('refuses to freeze everything', () => {
    expect(() => resnet('conv1,bn1,layer1,layer2,layer3,layer4,fc')).toThrow('leaves nothing to train');
  });
});

describe('the program of a frozen network', () => {
  const program = (freeze: string | null) => trainingProgram(resnet(freeze), 2, { labelSmoothing: 0 });

  it('ends its backward part above frozen layers at the bottom', () => {
    const backward = program('all-but-head')
      .operations.filter(({ op }) => /Grad/.test(op))
      .map(({ op }) => op);
    expect(backward).toEqual(['biasAddGrad']);
    const half = program('conv1,bn1,layer1,layer2');
    expect(half.operations.filter(({ op }) => op === 'conv2dGradFilter')).toHaveLength(10);
    // The first of layer3's two ways needs no gradient of its input, nor does the other.
    expect(half.operations.filter(({ op }) => op === 'conv2dGradInput')).toHaveLength(8);
  });

  it('goes through frozen layers in the middle, whose batch norms are as in evaluation', () => {
    const { operations, statistics } = program('layer2');
    const count = (name: string) => operations.filter(({ op }) => op === name).length;
    expect(count('batchNormInference')).toBe(5);
    expect(count('batchNormInferenceGrad')).toBe(5);
    expect(statistics).toHaveLength(2 * 15);
  });

  it.each(['all-but-head', 'conv1', 'layer2', 'layer1.0.bn1,layer3.0.conv2,fc', 'bn1'])(
    'with %s frozen: gradients of the others, in buckets that hold nothing else',
    (which) => {
      const network = resnet(which);
      const training = trainingProgram(network, 2, { labelSmoothing: 0 });
      const frozen = network.parameters.flatMap((parameter, index) => (parameter.frozen ? [index] : []));
      validateProgram(training, new Set(frozen));
      const layout = stepVectorLayout(network);
      for (const target of [1, 2 ** 20, 2 ** 30]) {
        const { parameters, ranges } = planBuckets(network, layout, target);
        const trained = network.parameters.flatMap((parameter, index) => (parameter.frozen ? [] : [index]));
        expect(parameters.flat().toSorted((a, b) => a - b)).toEqual(trained);
        for (const [index, { start, end }] of ranges.entries()) {
          const inside = layout.parameters.spans.flatMap(({ offset }, span) =>
            offset >= start && offset < end ? [span] : [],
          );
          expect(inside).toEqual(parameters[index]!.toSorted((a, b) => a - b));
        }
      }
    },
  );
});
