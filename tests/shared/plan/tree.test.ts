import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealMicrobatches, type Range } from '../../../src/shared/plan/microbatches.ts';
import { foldOrder, splitPoint, subtreesOf } from '../../../src/shared/plan/tree.ts';

/**
 * Written out, so that no refactoring changes them unnoticed: another order of summation is another run's weights, and no
 * checkpoint of before would be continued to the bits that it promised.
 */
const TREES = [
  '0',
  '(0 1)',
  '((0 1) 2)',
  '((0 1) (2 3))',
  '(((0 1) 2) (3 4))',
  '(((0 1) 2) ((3 4) 5))',
  '(((0 1) (2 3)) ((4 5) 6))',
  '(((0 1) (2 3)) ((4 5) (6 7)))',
  '((((0 1) 2) (3 4)) ((5 6) (7 8)))',
  '((((0 1) 2) (3 4)) (((5 6) 7) (8 9)))',
  '((((0 1) 2) ((3 4) 5)) (((6 7) 8) (9 10)))',
  '((((0 1) 2) ((3 4) 5)) (((6 7) 8) ((9 10) 11)))',
  '((((0 1) (2 3)) ((4 5) 6)) (((7 8) 9) ((10 11) 12)))',
  '((((0 1) (2 3)) ((4 5) 6)) (((7 8) (9 10)) ((11 12) 13)))',
  '((((0 1) (2 3)) ((4 5) (6 7))) (((8 9) (10 11)) ((12 13) 14)))',
  '((((0 1) (2 3)) ((4 5) (6 7))) (((8 9) (10 11)) ((12 13) (14 15))))',
  '(((((0 1) 2) (3 4)) ((5 6) (7 8))) (((9 10) (11 12)) ((13 14) (15 16))))',
];

/** The subtrees that cover a range, as `start-end`. */
function covering(leaves: number, start: number, end: number): string {
  return subtreesOf(leaves, { start, end })
    .map((node) => `${node.start}-${node.end}`)
    .join(' ');
}

/** Sums the leaves of a node along the tree, in float32: what every way of sharing the work has to reproduce. */
function treeSum(leaves: readonly number[], node: Range): number {
  if (node.end - node.start === 1) return leaves[node.start]!;
  const middle = splitPoint(node);
  return Math.fround(
    treeSum(leaves, { start: node.start, end: middle }) + treeSum(leaves, { start: middle, end: node.end }),
  );
}

function depth(node: Range): number {
  if (node.end - node.start === 1) return 0;
  const middle = splitPoint(node);
  return 1 + Math.max(depth({ start: node.start, end: middle }), depth({ start: middle, end: node.end }));
}

function fold(leaves: readonly number[], held: readonly Range[]): number {
  const contributions = held.flatMap((range) => subtreesOf(leaves.length, range));
  const sums = contributions.map((range) => treeSum(leaves, range));
  const stack: number[] = [];
  for (const step of foldOrder(leaves.length, contributions)) {
    if (step === 'add') {
      const right = stack.pop()!;
      stack.push(Math.fround(stack.pop()! + right));
    } else stack.push(sums[step.push]!);
  }
  expect(stack).toHaveLength(1);
  return stack[0]!;
}

const leafValues = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 1, maxLength: 40 });

describe('the tree of summation', () => {
  it.each(TREES.map((tree, index) => [index + 1, tree] as const))('over %i leaves is %s', (leaves, tree) => {
    const contributions = Array.from({ length: leaves }, (_, start) => ({ start, end: start + 1 }));
    const stack: string[] = [];
    for (const step of foldOrder(leaves, contributions)) {
      if (step === 'add') {
        const right = stack.pop()!;
        stack.push(`(${stack.pop()!} ${right})`);
      } else stack.push(`${step.push}`);
    }
    expect(stack).toEqual([tree]);
  });

  it.each([
    [1, 0, 1, '0-1'],
    [3, 0, 2, '0-2'],
    [3, 1, 3, '1-2 2-3'],
    [5, 0, 3, '0-3'],
    [5, 2, 5, '2-3 3-5'],
    [6, 1, 6, '1-2 2-3 3-6'],
    [8, 3, 7, '3-4 4-6 6-7'],
    [11, 3, 9, '3-6 6-9'],
    [11, 4, 10, '4-5 5-6 6-9 9-10'],
    [17, 8, 17, '8-9 9-17'],
    [17, 4, 4, ''],
  ])('of %i leaves covers %i to %i by %s', (leaves, start, end, subtrees) => {
    expect(covering(leaves, start, end)).toBe(subtrees);
  });

  it('gives the same bits for every number of workers', () => {
    fc.assert(
      fc.property(leafValues, fc.integer({ min: 1, max: 12 }), (leaves, workers) => {
        const whole = treeSum(leaves, { start: 0, end: leaves.length });
        expect(Object.is(fold(leaves, dealMicrobatches(leaves.length, workers)), whole)).toBe(true);
      }),
    );
  });

  it('gives the same bits for any contiguous sharing, also a lopsided one', () => {
    fc.assert(
      fc.property(leafValues, fc.array(fc.nat(40), { maxLength: 6 }), (leaves, cuts) => {
        const bounds = [0, ...cuts.map((cut) => Math.min(cut, leaves.length)).sort((a, b) => a - b), leaves.length];
        const held = bounds.slice(1).map((end, i) => ({ start: bounds[i]!, end }));
        expect(Object.is(fold(leaves, held), treeSum(leaves, { start: 0, end: leaves.length }))).toBe(true);
      }),
    );
  });

  it('is balanced: no deeper than the logarithm of its leaves', () => {
    for (let leaves = 1; leaves <= 300; leaves++) {
      expect(depth({ start: 0, end: leaves })).toBe(Math.ceil(Math.log2(leaves)));
    }
  });

  it('says which leaf is missing when nobody holds it', () => {
    expect(() =>
      foldOrder(4, [
        { start: 0, end: 2 },
        { start: 3, end: 4 },
      ]),
    ).toThrow('leaf 2 of 4');
  });
});
