import { describe, expect, it } from 'vitest';
import { AVERAGE, withAverage } from '../../../src/engine/optimizer/average.ts';
import type { Optimizer } from '../../../src/engine/optimizer/optimizer.ts';

/** Adds 1 to each weight. */
const rising: Optimizer = {
  moments: ['momentum_buffer'],
  apply({ start, end }, { current, next }) {
    for (let i = start; i < end; i++) next.parameters[i] = current.parameters[i]! + 1;
  },
};

function run(decay: number, steps: number) {
  const optimizer = withAverage(rising, decay);
  const side = () => ({ parameters: new Float32Array(3), moments: [new Float32Array(3), new Float32Array(3)] });
  let [current, next] = [side(), side()];
  for (let step = 0; step < steps; step++) {
    const update = {
      gradient: new Float32Array(3),
      gradientScale: 1,
      current,
      next,
      step,
      learningRate: 1,
      momentum: 0,
    };
    optimizer.apply({ start: 0, end: 2 }, update);
    [current, next] = [next, current];
  }
  return current.moments[1]!;
}

describe('withAverage', () => {
  it('keeps the average beside what the optimiser keeps', () => {
    expect(withAverage(rising, 0.9).moments).toEqual(['momentum_buffer', AVERAGE]);
  });

  it('moves by what the decay leaves, which climbs to the one that was asked for', () => {
    // 1: 0.9; 2: 2/11 of that and 9/11 of 2; 3: a quarter, for 3/12 is what 0.25 and the climb agree on.
    const [first, second] = [0.9, (2 / 11) * 0.9 + (9 / 11) * 2];
    expect(run(0.25, 1)[0]).toBeCloseTo(first, 6);
    expect(run(0.25, 2)[0]).toBeCloseTo(second, 6);
    expect(run(0.25, 3)[0]).toBeCloseTo(0.25 * second + 0.75 * 3, 6);
    expect(run(0.25, 4)[0]).toBeCloseTo(0.25 * (0.25 * second + 0.75 * 3) + 0.75 * 4, 6);
  });

  it('touches only the range that was updated', () => expect(run(0.9, 5)[2]).toBe(0));
});
