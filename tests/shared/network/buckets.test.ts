import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { planBuckets, stepBuckets } from '../../../src/shared/network/buckets.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { SPAN_ALIGNMENT, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import { trainingProgram } from '../../../src/engine/program/build.ts';
import { bucketsOfProgram } from '../../engine/reference/program-buckets.ts';
import { partlyFrozen, smallBinaryCnn, smallCnn, smallResNet } from '../../engine/reference/small-networks.ts';

const network = buildNetwork({ ...jobSchema.parse({}), model: 'resnet18' }, [32, 32, 3], 10);
const layout = stepVectorLayout(network);

/** Each as the floats from-to and its parameters, first..last; then the tail. */
const RESNET = [
  '8808512-11173968 57..61',
  '6448192-8808512 54..56',
  '3955776-6448192 48..53',
  '2775104-3955776 45..47',
  '1594432-2775104 39..44',
  '527680-1594432 27..38',
  '0-527680 0..26',
  '11173968-11183584',
];
const HEAD_ALONE = ['11168832-11173968 60..61', '11173968-11183584'];
const CNN = ['0-241552 0..9', '241552-241568'];

it('buckets cover every parameter once, in contiguous aligned ranges from the last to the first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12_000_000 }), (target) => {
      const { parameters, ranges } = planBuckets(network, layout, target);
      const all = network.parameters.map((_, index) => index);
      expect(parameters.flat()).toEqual(all.toReversed());
      expect(ranges).toHaveLength(parameters.length);
      expect(ranges[0]!.end).toBe(layout.parameters.length);
      expect(ranges.at(-1)!.start).toBe(0);
      for (const [index, { start, end }] of ranges.entries()) {
        expect(start % SPAN_ALIGNMENT).toBe(0);
        if (index > 0) expect(end).toBe(ranges[index - 1]!.start);
        if (index < ranges.length - 1) expect(end - start).toBeGreaterThanOrEqual(Math.min(target, end));
        for (const parameter of parameters[index]!) {
          const { offset, size } = layout.parameters.spans[parameter]!;
          expect(offset >= start && offset + size <= end).toBe(true);
        }
      }
    }),
    { seed: 6, numRuns: 30 },
  );
});

// Written out: which sums travel together is the same at every worker and every hub, whatever version of them.
describe('the buckets of a step are those of ever:', () => {
  const planOf = (fields: object, image: readonly [number, number, number], classes: number) => {
    const each = buildNetwork({ ...jobSchema.parse({}), ...fields }, image, classes);
    const { parameters, ranges } = stepBuckets(each, stepVectorLayout(each));
    return ranges.map(({ start, end }, bucket) => {
      const [last, first] = [parameters[bucket]?.[0], parameters[bucket]?.at(-1)];
      return `${start}-${end}${last === undefined ? '' : ` ${first}..${last}`}`;
    });
  };

  it('ResNet-18 for small images', () => {
    expect(planOf({ model: 'resnet18' }, [32, 32, 3], 10)).toEqual(RESNET);
  });

  it('ResNet-18 whose head alone is learned', () => {
    expect(planOf({ model: 'resnet18', freeze: 'all-but-head' }, [32, 32, 3], 10)).toEqual(HEAD_ALONE);
  });

  it('a CNN', () => {
    expect(planOf({}, [28, 28, 1], 10)).toEqual(CNN);
  });
});

describe('what backward makes ready with one operation leaves in one bucket', () => {
  it.each([
    ['ResNet-18', network],
    ['a CNN', smallCnn('relu')],
    ['a CNN with batch norm and one logit', smallBinaryCnn('tanh')],
    ['a small residual network', smallResNet('sigmoid')],
    ['one that is partly frozen', partlyFrozen('relu')],
  ])('%s', (_, each) => {
    const vector = stepVectorLayout(each);
    for (const labelSmoothing of [0, 0.1]) {
      for (const target of [1, 16, 100, 1000, 2 ** 20]) {
        const program = trainingProgram(each, 3, { labelSmoothing });
        const { parameters, ranges } = planBuckets(each, vector, target);
        expect(bucketsOfProgram(program, vector, target)).toEqual({ parameters, ranges });
      }
    }
  });

  it('so a batch norm’s scale and offset do', () => {
    const { parameters } = planBuckets(network, layout, 1);
    const bucketOf = (name: string) =>
      parameters.findIndex((bucket) => bucket.some((index) => network.parameters[index]!.name === name));
    expect(bucketOf('bn1.weight')).toBe(bucketOf('bn1.bias'));
    expect(bucketOf('conv1.weight')).not.toBe(bucketOf('bn1.weight'));
  });
});
