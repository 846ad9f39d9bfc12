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
  /** In the order of computing. */
  readonly leaves: readonly Leaf[];
  /** Vectors 0 .. contributions-1 hold the sums of `subtreesOf` in the end. */
  readonly contributions: number;
  /** Vectors needed altogether: contributions and unfinished sums. */
  readonly vectors: number;
}

/**
 * A stack machine unrolled: the sums under way of subtree `i` lie in vectors i, i+1, ...; the vectors below hold the
 * subtrees that are complete. So subtree `i` ends in vector `i` without a copy.
 */
export function planAccumulation(leaves: number, held: Range): Accumulation {
  const subtrees = subtreesOf(leaves, held);
  const planned: { microbatch: number; vector: number; adds: { into: number; from: number }[] }[] = [];
  let vectors = 0;
  const visit = (node: Range, vector: number): void => {
    if (node.end - node.start === 1) {
      planned.push({ microbatch: node.start, vector, adds: [] });
      vectors = Math.max(vectors, vector + 1);
      return;
    }
    const middle = splitPoint(node);
    visit({ start: node.start, end: middle }, vector);
    visit({ start: middle, end: node.end }, vector + 1);
    // The last leaf of the right half is the latest one planned: with it, both halves are complete.
    planned.at(-1)?.adds.push({ into: vector, from: vector + 1 });
  };
  subtrees.forEach(visit);
  return { leaves: planned, contributions: subtrees.length, vectors };
}
