import { philox4x32 } from './philox.ts';

/**
 * What a stream of random numbers is for. The number goes into the key, so that no two uses share numbers.
 * Never renumber: recorded digests depend on them.
 */
export const STREAM = {
  initialisation: 1,
  shuffle: 2,
  split: 3,
  dropout: 4,
  augmentation: 5,
  chaos: 6,
  mixup: 7,
} as const;
export type StreamPurpose = (typeof STREAM)[keyof typeof STREAM];

/**
 * Random numbers of one stream, named by (seed, purpose, a, b): e.g. (seed, shuffle, epoch, 0) or
 * (seed, dropout, step, microbatch). The same name gives the same numbers in every process.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  readonly #a: number;
  readonly #b: number;
  readonly #block = new Uint32Array(4);
  #index = 0;
  #used = 4;

  constructor(seed: number, purpose: StreamPurpose, a = 0, b = 0) {
    // A seed is a safe integer of up to 53 bits; its high part shares the second key word with the purpose.
    this.#key0 = seed >>> 0;
    this.#key1 = ((Math.floor(seed / 2 ** 32) << 8) | purpose) >>> 0;
    this.#a = a >>> 0;
    this.#b = b >>> 0;
  }

  /** Uniform on the 2^32 unsigned integers. */
  uint32(): number {
    if (this.#used === 4) this.#nextBlock();
    return this.#block[this.#used++]!;
  }

  /** Uniform on [0, 1) with 24 random bits: exactly representable in float32. */
  uniform(): number {
    return (this.uint32() >>> 8) / 2 ** 24;
  }

  /** Uniform on 0 .. n-1 without bias (Lemire's rejection would need 64 bits; plain rejection is enough here). */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % n;
    }
  }

  /** Standard normal by Box and Muller's transform; two uniforms a value, so that values do not depend on parity. */
  normal(): number {
    return boxMuller(this.uint32(), this.uint32());
  }

  /** Fills `out` with what as many calls of `normal` give, times `deviation`. The weights of a network are millions: a block at a time. */
  fillNormal(out: Float32Array, deviation: number): void {
    const block = this.#block;
    let i = 0;
    // Until a block begins; where that never comes, as after an odd number of draws, to the end.
    while (i < out.length && this.#used < 4) out[i++] = this.normal() * deviation;
    for (; i + 2 <= out.length; i += 2) {
      this.#nextBlock();
      out[i] = boxMuller(block[0]!, block[1]!) * deviation;
      out[i + 1] = boxMuller(block[2]!, block[3]!) * deviation;
      this.#used = 4;
    }
    while (i < out.length) out[i++] = this.normal() * deviation;
  }

  #nextBlock(): void {
    const high = Math.floor(this.#index / 2 ** 32);
    philox4x32(this.#index, high, this.#a, this.#b, this.#key0, this.#key1, this.#block);
    this.#index++;
    this.#used = 0;
  }
}

function boxMuller(a: number, b: number): number {
  const u = (a + 1) / (2 ** 32 + 1);
  const v = b / 2 ** 32;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
