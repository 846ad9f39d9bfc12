import type { Range } from './microbatches.ts';

/**
 * The one order of summation: a fixed, balanced binary tree over the leaves 0 .. M-1. A node [start, end) of more than
 * one leaf splits after its first ceil(n/2) leaves. Whoever holds which leaves, sums are taken along this tree.
 */
export function splitPoint(node: Range): number {
  return node.start + Math.ceil((node.end - node.start) / 2);
}

/** The largest whole subtrees that cover `held`, left to right. Each is a node of the tree over 0 .. leaves-1. */
export function subtreesOf(leaves: number, held: Range): readonly Range[] {
  const found: Range[] = [];
  const visit = (node: Range): void => {
    if (node.end <= held.start || held.end <= node.start) return;
    if (held.start <= node.start && node.end <= held.end) {
      found.push(node);
      return;
    }
    const middle = splitPoint(node);
    visit({ start: node.start, end: middle });
    visit({ start: middle, end: node.end });
  };
  if (held.start < held.end) visit({ start: 0, end: leaves });
  return found;
}

/** One step of a fold on a stack machine: push the sum that `contribution` is, or add the two on top. */
export type FoldStep = { readonly push: number } | 'add';

/**
 * How to fold the given subtree sums, which together cover all leaves, in tree order. `push` is an index into
 * `contributions`. With one contribution: a single push.
 */
export function foldOrder(leaves: number, contributions: readonly Range[]): readonly FoldStep[] {
  const byStart = new Map(contributions.map((range, index) => [`${range.start}:${range.end}`, index]));
  const steps: FoldStep[] = [];
  const visit = (node: Range): void => {
    const index = byStart.get(`${node.start}:${node.end}`);
    if (index !== undefined) {
      steps.push({ push: index });
      return;
    }
    if (node.end - node.start <= 1) {
      throw new RangeError(`leaf ${node.start} of ${leaves} is held by nobody`);
    }
    const middle = splitPoint(node);
    visit({ start: node.start, end: middle });
    visit({ start: middle, end: node.end });
    steps.push('add');
  };
  visit({ start: 0, end: leaves });
  return steps;
}
