import { describe, expect, it } from 'vitest';
import { StepMemoryPool } from '../../../src/worker/assignment/memory.ts';
import { drawBlueprint } from '../../../src/worker/assignment/blueprint.ts';
import { smallAssignment } from '../support/assignment.ts';

function pool() {
  const { layout } = drawBlueprint(smallAssignment({ microbatches: 2 }));
  let allocated = 0;
  const allocate = (floats: number) => {
    allocated += floats;
    return new Float32Array(floats);
  };
  return { memory: new StepMemoryPool(allocate, layout), floats: () => allocated / layout.length };
}

describe('the memory of a step', () => {
  it('is one vector for a worker with one contribution: the sum takes its place', () => {
    const { memory, floats } = pool();
    const { vectors, result } = memory.take(1);
    expect(result).toBe(vectors[0]);
    expect(floats()).toBe(1);
  });

  it('is one vector for a worker that computes nothing, but takes part in every sum', () => {
    const { memory, floats } = pool();
    const { vectors, result } = memory.take(0);
    expect(vectors).toEqual([]);
    expect(result.length).toBeGreaterThan(0);
    expect(floats()).toBe(1);
  });

  it('is used again by the next generation, which adds only what it needs more', () => {
    const { memory, floats } = pool();
    const [first] = memory.take(1).vectors;
    const { vectors, result } = memory.take(3, 2);
    expect(vectors[0]).toBe(first);
    expect(result).toBe(first);
    expect(floats()).toBe(4);
    memory.take(2, 1);
    expect(floats()).toBe(4);
  });
});
