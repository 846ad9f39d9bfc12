import { RandomStream, STREAM } from '../../shared/random/stream.ts';
import { shuffle } from './sampler.ts';

/** Places of samples, ascending. */
export interface SplitIndexes {
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/** How many samples of each class are held out, by the number that it has. */
type Shares = (sizes: readonly number[], share: number, seed: number) => number[];

/**
 * Holds out `share` of the samples, chosen by seed: of every class what its own share rounds to, and where that is less
 * than the share of all, one more of the classes that lost most by rounding. Every class keeps a training sample; the
 * validation part is empty only where no class has two.
 */
export function stratifiedSplit(labels: readonly number[], classes: number, share: number, seed: number): SplitIndexes {
  return splitBy(dealtShares, labels, classes, share, seed);
}

/** As runs of version 0.1.0 were split: small classes, whose share rounds to nothing, gave nothing. */
export function roundedSplit(labels: readonly number[], classes: number, share: number, seed: number): SplitIndexes {
  return splitBy(roundedShares, labels, classes, share, seed);
}

function splitBy(
  shares: Shares,
  labels: readonly number[],
  classes: number,
  share: number,
  seed: number,
): SplitIndexes {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, index) => byClass[label]!.push(index));
  const counts = shares(
    byClass.map(({ length }) => length),
    share,
    seed,
  );
  const heldOut = new Set<number>();
  byClass.forEach((members, label) => {
    const order = Uint32Array.from(members);
    shuffle(order, new RandomStream(seed, STREAM.split, label));
    for (const index of order.subarray(0, counts[label])) heldOut.add(index);
  });
  const all = labels.map((_, index) => index);
  return { train: all.filter((index) => !heldOut.has(index)), validation: all.filter((index) => heldOut.has(index)) };
}

function roundedShares(sizes: readonly number[], share: number): number[] {
  const counts = sizes.map((size) => Math.max(0, Math.min(size - 1, Math.round(size * share))));
  if (!counts.some((count) => count > 0)) {
    // A share so small that it rounds to nothing everywhere still has to leave something to evaluate on.
    const largest = sizes.reduce((best, size, k) => (size > sizes[best]! ? k : best), 0);
    if (sizes[largest]! > 1) counts[largest] = 1;
  }
  return counts;
}

function dealtShares(sizes: readonly number[], share: number, seed: number): number[] {
  const counts = roundedShares(sizes, share);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let missing = Math.round(total * share) - counts.reduce((sum, count) => sum + count, 0);
  if (missing <= 0) return counts;
  // Among classes that lost alike the seed decides, lest it always be the first in the alphabet.
  const order = Uint32Array.from(sizes.keys());
  shuffle(order, new RandomStream(seed, STREAM.split, sizes.length));
  const lost = (label: number): number => sizes[label]! * share - counts[label]!;
  while (missing > 0) {
    const open = [...order].filter((label) => counts[label]! < sizes[label]! - 1);
    if (open.length === 0) break;
    for (const label of open.toSorted((a, b) => lost(b) - lost(a)).slice(0, missing)) {
      counts[label]!++;
      missing--;
    }
  }
  return counts;
}
