import type { Split } from '../../shared/protocol/shared.ts';

/** Memory is taken in slabs, not for each image: tens of thousands of small buffers are slow to collect. */
const SLAB_BYTES = 4 * 2 ** 20;
const ABSENT = -1;

/**
 * Decoded images within a budget. Whatever comes first stays: an epoch visits every sample once, so a cache that
 * evicted would throw each image away just before its turn comes again.
 */
export class ImageCache {
  readonly #sampleBytes: number;
  readonly #perSlab: number;
  readonly #capacity: number;
  readonly #slabs: Uint8Array[] = [];
  readonly #places: Readonly<Record<Split, Int32Array>>;
  readonly #held: Record<Split, number> = { train: 0, validation: 0 };
  #used = 0;
  /** Whether all samples of both splits have room. */
  readonly holdsAll: boolean;

  constructor(options: {
    readonly sampleBytes: number;
    readonly budgetBytes: number;
    readonly samples: Readonly<Record<Split, number>>;
  }) {
    const { sampleBytes, budgetBytes, samples } = options;
    const all = samples.train + samples.validation;
    this.#sampleBytes = sampleBytes;
    this.#capacity = Math.min(all, Math.floor(budgetBytes / sampleBytes));
    this.#perSlab = Math.max(1, Math.min(Math.floor(SLAB_BYTES / sampleBytes), this.#capacity));
    this.holdsAll = this.#capacity === all;
    this.#places = {
      train: new Int32Array(samples.train).fill(ABSENT),
      validation: new Int32Array(samples.validation).fill(ABSENT),
    };
  }

  /** Whether samples of this split are missing that there is room for. */
  lacks(split: Split): boolean {
    return this.#used < this.#capacity && this.#held[split] < this.#places[split].length;
  }

  has(split: Split, index: number): boolean {
    return this.#places[split][index] !== ABSENT;
  }

  get(split: Split, index: number): Uint8Array | null {
    const place = this.#places[split][index]!;
    return place === ABSENT ? null : this.#at(place);
  }

  /** Copies the pixels in if there is room. Returns what to use from now on: the copy, or the pixels themselves. */
  put(split: Split, index: number, pixels: Uint8Array): Uint8Array {
    const known = this.get(split, index);
    if (known !== null) return known;
    if (this.#used === this.#capacity) return pixels;
    const place = this.#used++;
    if (place % this.#perSlab === 0) {
      const remaining = Math.min(this.#perSlab, this.#capacity - place);
      this.#slabs.push(new Uint8Array(remaining * this.#sampleBytes));
    }
    this.#places[split][index] = place;
    this.#held[split]++;
    const copy = this.#at(place);
    copy.set(pixels);
    return copy;
  }

  #at(place: number): Uint8Array {
    const start = (place % this.#perSlab) * this.#sampleBytes;
    return this.#slabs[Math.floor(place / this.#perSlab)]!.subarray(start, start + this.#sampleBytes);
  }
}
