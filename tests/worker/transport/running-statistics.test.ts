import { describe, expect, it } from 'vitest';
import type { Network } from '../../../src/shared/network/network.ts';
import { RunningStatistics } from '../../../src/worker/transport/running-statistics.ts';

const network: Network = {
  name: 'one batch norm',
  input: [1, 1, 1],
  outputs: 2,
  classes: 2,
  nodes: [
    {
      name: 'bn',
      shape: [1, 1, 2],
      layer: {
        kind: 'batchNorm',
        input: -1,
        scale: 0,
        offset: 1,
        runningMean: 0,
        runningVariance: 1,
        epsilon: 1e-5,
        momentum: 0.1,
        frozen: false,
      },
    },
  ],
  parameters: [],
  buffers: [
    { name: 'bn.running_mean', shape: [2], initialValue: 0 },
    { name: 'bn.running_var', shape: [2], initialValue: 1 },
  ],
  masks: [],
};

describe('RunningStatistics', () => {
  it('moves each buffer by its momentum towards the mean over samples, as PyTorch does', () => {
    const current = new Float32Array(32);
    current.set([2, 4], 0);
    current.set([1, 1], 16);
    const sums = new Float32Array(32);
    sums.set([40, 0], 0); // means 10 and 0 over 4 samples
    sums.set([8, 4], 16);
    const next = new Float32Array(32);
    new RunningStatistics(network).update(current, sums, 4, next);
    expect([...next.subarray(0, 2)]).toEqual([0.9 * 2 + 0.1 * 10, 0.9 * 4].map(Math.fround));
    expect([...next.subarray(16, 18)]).toEqual([0.9 + 0.1 * 2, 0.9 + 0.1].map(Math.fround));
  });

  it('leaves padding zero', () => {
    const next = new Float32Array(32);
    new RunningStatistics(network).update(new Float32Array(32).fill(5), new Float32Array(32).fill(5), 1, next);
    expect([...next.subarray(2, 16), ...next.subarray(18)]).toEqual(Array.from({ length: 28 }, () => 0));
  });
});
