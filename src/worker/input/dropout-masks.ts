import { RandomStream, STREAM } from '../../shared/random/stream.ts';

/** Fills the masks of a microbatch: 0 with probability `rate`, else 1/(1-rate). A function of (seed, step, microbatch). */
export function fillDropoutMasks(
  masks: readonly Float32Array[],
  rates: readonly number[],
  seed: number,
  step: number,
  microbatch: number,
): void {
  const random = new RandomStream(seed, STREAM.dropout, step, microbatch);
  masks.forEach((mask, index) => {
    const rate = rates[index]!;
    const kept = Math.fround(1 / (1 - rate));
    for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : kept;
  });
}
