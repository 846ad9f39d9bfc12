import type { Range } from '../../shared/plan/microbatches.ts';
import { splitPoint, subtreesOf } from '../../shared/plan/tree.ts';

/** One microbatch of this worker: where its gradients go, and which sums are complete once they are there. */
export interface Leaf {
  readonly microbatch: number;
  /** Index of the vector that the engine writes. */
  readonly vector: number;
  /** vector[into] += vector[from], in this order. */
  readonly adds: readonly { readonly into: number; readonly from: number }[];
}

/** How a worker adds its own microbatches along the tree of summation, in as few vectors as that takes. */
export interface Accumulation {
  /** In the order of computing. Those of one group are computed at once: what they complete is added when all are there. */
  readonly groups: readonly (readonly Leaf[])[];
  /** Vectors 0 .. contributions-1 hold the sums of `subtreesOf` in the end. */
  readonly contributions: number;
  /** Vectors needed altogether: contributions and unfinished sums. */
  readonly vectors: number;
}

interface Planned {
  readonly leaf: Leaf & { readonly adds: { into: number; from: number }[] };
  readonly group: number;
}

/**
 * The sum of a subtree grows in the vector of its first leaf, and a sum that was added is free again. Subtree `i` begins in
 * vector `i`, so that its sum ends there without a copy; other leaves take the lowest vector that nobody needs before they
 * are added. `abreast`: how many microbatches are computed at once; the order of additions does not depend on it.
 */
export function planAccumulation(leaves: number, held: Range, abreast = 1): Accumulation {
  const subtrees = subtreesOf(leaves, held);
  const groupOf = (microbatch: number) => Math.floor((microbatch - held.start) / abreast);
  const planned: Planned[] = [];
  /** By vector: the first group that may write it again. */
  const freeFrom: number[] = [];
  const take = (tree: number, { start, end }: Range, microbatch: number): number => {
    if (microbatch === start) return tree;
    const group = groupOf(microbatch);
    const last = groupOf(end - 1);
    for (let vector = 0; ; vector++) {
      const next = subtrees[vector];
      // Others end in the vectors of subtrees that are complete, and those to come begin in theirs.
      const taken = next !== undefined && (vector <= tree || groupOf(next.start) <= last);
      if (!taken && (freeFrom[vector] ?? 0) <= group) return vector;
    }
  };
  const visit = (node: Range, tree: number, root: Range): number => {
    if (node.end - node.start === 1) {
      const vector = take(tree, root, node.start);
      freeFrom[vector] = Number.POSITIVE_INFINITY;
      planned.push({ leaf: { microbatch: node.start, vector, adds: [] }, group: groupOf(node.start) });
      return vector;
    }
    const middle = splitPoint(node);
    const into = visit({ start: node.start, end: middle }, tree, root);
    const from = visit({ start: middle, end: node.end }, tree, root);
    // The last leaf of the right half is the latest one planned: with it, both halves are complete.
    planned.at(-1)?.leaf.adds.push({ into, from });
    freeFrom[from] = groupOf(node.end - 1) + 1;
    return into;
  };
  for (const [tree, root] of subtrees.entries()) visit(root, tree, root);
  const groups: Leaf[][] = [];
  for (const { leaf, group } of planned) (groups[group] ??= []).push(leaf);
  return { groups, contributions: subtrees.length, vectors: freeFrom.length };
}
