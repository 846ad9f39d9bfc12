import { RandomStream, STREAM } from '../random/stream.ts';
import { shuffle } from './sampler.ts';

/** Places of samples, ascending. */
export interface SplitIndexes {
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/**
 * Holds out `share` of every class, chosen by seed. Every class keeps a training sample; the validation part is empty
 * only where no class has two.
 */
export function stratifiedSplit(labels: readonly number[], classes: number, share: number, seed: number): SplitIndexes {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, index) => byClass[label]!.push(index));
  const counts = byClass.map(({ length }) => Math.max(0, Math.min(length - 1, Math.round(length * share))));
  if (!counts.some((count) => count > 0)) {
    // A share so small that it rounds to nothing everywhere still has to leave something to evaluate on.
    const largest = byClass.reduce((best, members, k) => (members.length > byClass[best]!.length ? k : best), 0);
    if (byClass[largest]!.length > 1) counts[largest] = 1;
  }

  const heldOut = new Set<number>();
  byClass.forEach((members, label) => {
    const order = Uint32Array.from(members);
    shuffle(order, new RandomStream(seed, STREAM.split, label));
    for (const index of order.subarray(0, counts[label])) heldOut.add(index);
  });
  const all = labels.map((_, index) => index);
  return { train: all.filter((index) => !heldOut.has(index)), validation: all.filter((index) => heldOut.has(index)) };
}
