import { describe, expect, it } from 'vitest';
import { defaultMicrobatches } from '../../../src/shared/job/resolve.ts';

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
