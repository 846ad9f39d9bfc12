import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { planBuckets } from '../../../src/shared/network/buckets.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { SLOT_ALIGNMENT, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import { trainingProgram } from '../../../src/shared/program/build.ts';
import { bucketsOfProgram } from '../engine/reference/program-buckets.ts';
import { partlyFrozen, smallBinaryCnn, smallCnn, smallResNet } from '../engine/reference/small-networks.ts';

const network = buildNetwork({ ...jobSchema.parse({}), model: 'resnet18' }, [32, 32, 3], 10);
const layout = stepVectorLayout(network);

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
        expect(start % SLOT_ALIGNMENT).toBe(0);
        if (index > 0) expect(end).toBe(ranges[index - 1]!.start);
        if (index < ranges.length - 1) expect(end - start).toBeGreaterThanOrEqual(Math.min(target, end));
        for (const parameter of parameters[index]!) {
          const { offset, size } = layout.parameters.slots[parameter]!;
          expect(offset >= start && offset + size <= end).toBe(true);
        }
      }
    }),
    { seed: 6, numRuns: 30 },
  );
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
