import { describe, expect, it } from 'vitest';
import { defaultMicrobatches, resolveJob } from '../../../src/shared/job/resolve.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

describe('defaultMicrobatches', () => {
  it('follows from the batch alone, and leaves samples in every part', () => {
    const of = [1, 2, 3, 16, 31, 32, 50, 64, 127, 128, 129, 1000].map((batch) => [batch, defaultMicrobatches(batch)]);
    expect(of).toEqual([
      [1, 1],
      [2, 2],
      [3, 2],
      [16, 2],
      [31, 2],
      [32, 4],
      [50, 4],
      [64, 4],
      [127, 4],
      [128, 8],
      [129, 8],
      [1000, 8],
    ]);
  });
});

describe('resolveJob', () => {
  const warmupOf = (fields: object) => resolveJob(jobSchema.parse(fields)).warmupSteps;

  it('warms up where nobody says otherwise, for as many steps whatever the length of the run', () => {
    const adam = { optimizer: 'adam' };
    expect(
      [adam, { ...adam, epochs: 1 }, { ...adam, steps: 5 }, { ...adam, schedule: 'cosine' }].map(warmupOf),
    ).toEqual(Array(4).fill(50));
    expect(['sgd', 'adamw', 'rmsprop'].map((optimizer) => warmupOf({ optimizer }))).toEqual([0, 50, 50]);
    expect(warmupOf({ ...adam, warmupSteps: 0 })).toBe(0);
  });

  it('leaves one cycle the slope of its own', () =>
    expect(warmupOf({ optimizer: 'adam', schedule: 'one-cycle' })).toBe(0));
});
