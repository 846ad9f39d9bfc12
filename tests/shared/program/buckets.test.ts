import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { SLOT_ALIGNMENT, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import { planBuckets } from '../../../src/shared/program/buckets.ts';
import { trainingProgram } from '../../../src/shared/program/build.ts';

const network = buildNetwork({ ...jobSchema.parse({}), model: 'resnet18' }, [32, 32, 3], 10);
const program = trainingProgram(network, 1, { labelSmoothing: 0 });
const layout = stepVectorLayout(network);

it('buckets cover every parameter once, in contiguous aligned ranges from the last to the first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12_000_000 }), (target) => {
      const { parameters, ranges } = planBuckets(program, layout, target);
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

it('a batch norm’s scale and offset, which are ready together, leave together', () => {
  const { parameters } = planBuckets(program, layout, 1);
  const bucketOf = (name: string) =>
    parameters.findIndex((bucket) => bucket.some((index) => network.parameters[index]!.name === name));
  expect(bucketOf('bn1.weight')).toBe(bucketOf('bn1.bias'));
  expect(bucketOf('conv1.weight')).not.toBe(bucketOf('bn1.weight'));
});
