import { RandomStream, STREAM } from '../../shared/random/stream.ts';

/** The order of training samples in an epoch: a function of (seed, epoch) alone, by Fisher and Yates' shuffle. */
export function epochOrder(seed: number, epoch: number, samples: number): Uint32Array {
  const order = Uint32Array.from({ length: samples }, (_, index) => index);
  shuffle(order, new RandomStream(seed, STREAM.shuffle, epoch));
  return order;
}

export function shuffle(order: Uint32Array, random: RandomStream): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
}
