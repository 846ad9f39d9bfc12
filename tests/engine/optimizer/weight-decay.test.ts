import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { parameterLayout } from '../../../src/shared/network/layout.ts';
import { decayRanges } from '../../../src/engine/optimizer/weight-decay.ts';

const networks = [
  { model: 'cnn', channels: [4, 4], dense: 8 },
  { model: 'cnn', channels: [4], dense: 8, batchNorm: true },
  { model: 'resnet18' },
].map((job) => buildNetwork(jobSchema.parse(job), [32, 32, 3], 10));

describe.each(networks)('decayRanges of $name', (network) => {
  const layout = parameterLayout(network);
  const decayOf = (exempt: 'none' | 'norm-and-bias') => {
    const ranges = decayRanges(network, 0.5, exempt);
    return layout.spans.map(({ name, shape, offset, size }) => {
      const range = ranges.find(({ start, end }) => start <= offset && offset + size <= end);
      return { name, shape, weightDecay: range?.weightDecay };
    });
  };

  it('cover the whole vector without gaps, next to each other only where the decay changes', () => {
    const ranges = decayRanges(network, 0.5, 'norm-and-bias');
    expect(ranges[0]?.start).toBe(0);
    expect(ranges.at(-1)?.end).toBe(layout.length);
    for (const [i, range] of ranges.slice(1).entries()) {
      expect(range.start).toBe(ranges[i]!.end);
      expect(range.weightDecay).not.toBe(ranges[i]!.weightDecay);
    }
  });

  it('spare, on request, what has one dimension: scales, offsets and biases', () => {
    for (const { name, shape, weightDecay } of decayOf('norm-and-bias')) {
      expect(weightDecay, name).toBe(shape.length === 1 ? 0 : 0.5);
    }
  });

  it('spare nothing otherwise', () => {
    expect(decayRanges(network, 0.5, 'none')).toEqual([{ start: 0, end: layout.length, weightDecay: 0.5 }]);
    expect(decayOf('none').every(({ weightDecay }) => weightDecay === 0.5)).toBe(true);
  });
});
