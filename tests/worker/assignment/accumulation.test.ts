import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealMicrobatches } from '../../../src/shared/plan/microbatches.ts';
import { foldOrder, subtreesOf } from '../../../src/shared/plan/tree.ts';
import { planAccumulation } from '../../../src/worker/assignment/accumulation.ts';

/** Sums are written as the expressions that they are, so that order and grouping show. */
function run(leaves: number, held: { start: number; end: number }, abreast: number): string[] {
  const { groups, contributions, vectors } = planAccumulation(leaves, held, abreast);
  const memory: string[] = Array.from({ length: vectors }, () => 'never written');
  for (const group of groups) {
    expect(group.length).toBeLessThanOrEqual(abreast);
    for (const { microbatch, vector } of group) memory[vector] = `${microbatch}`;
    for (const { into, from } of group.flatMap(({ adds }) => adds)) memory[into] = `(${memory[into]}+${memory[from]})`;
  }
  return memory.slice(0, contributions);
}

function fold(leaves: number, ranges: readonly { start: number; end: number }[], sums: readonly string[]): string {
  const stack: string[] = [];
  for (const step of foldOrder(leaves, ranges)) {
    if (step === 'add') {
      const right = stack.pop()!;
      stack.push(`(${stack.pop()!}+${right})`);
    } else {
      stack.push(sums[step.push]!);
    }
  }
  return stack.join();
}

const sizes = fc.record({
  leaves: fc.integer({ min: 1, max: 40 }),
  workers: fc.integer({ min: 1, max: 45 }),
  abreast: fc.integer({ min: 1, max: 9 }),
});

describe('planAccumulation', () => {
  it('leaves the sums of whole subtrees, however many microbatches are computed at once, from which the tree over all microbatches is folded', () => {
    fc.assert(
      fc.property(sizes, ({ leaves, workers, abreast }) => {
        const held = dealMicrobatches(leaves, workers);
        const contributions = held.flatMap((range) => run(leaves, range, abreast));
        const ranges = held.flatMap((range) => subtreesOf(leaves, range));
        const [alone] = run(leaves, { start: 0, end: leaves }, 1);
        expect(contributions).toHaveLength(ranges.length);
        expect(fold(leaves, ranges, contributions)).toBe(alone);
      }),
    );
  });

  it('computes each microbatch once and in order', () => {
    fc.assert(
      fc.property(sizes, ({ leaves, workers, abreast }) => {
        const computed = dealMicrobatches(leaves, workers).flatMap((held) =>
          planAccumulation(leaves, held, abreast)
            .groups.flat()
            .map(({ microbatch }) => microbatch),
        );
        expect(computed).toEqual(Array.from({ length: leaves }, (_, index) => index));
      }),
    );
  });

  it('needs no more vectors than contributions, the depth of the tree, and those at once', () => {
    fc.assert(
      fc.property(sizes, ({ leaves, workers, abreast }) => {
        for (const held of dealMicrobatches(leaves, workers)) {
          const { contributions, vectors } = planAccumulation(leaves, held, abreast);
          expect(vectors).toBeLessThanOrEqual(contributions + Math.ceil(Math.log2(leaves)) + abreast - 1);
          expect(vectors).toBeGreaterThanOrEqual(contributions);
        }
      }),
    );
  });

  it('asks nothing of a worker that holds nothing', () => {
    expect(planAccumulation(3, { start: 3, end: 3 })).toEqual({ groups: [], contributions: 0, vectors: 0 });
  });
});
