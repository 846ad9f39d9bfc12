import { tryDecodeSample } from '../../data/images/decode.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { DatasetDescription, Split } from '../../shared/protocol/shared.ts';
import type { Trace } from '../trace/trace.ts';
import { ImageCache } from './cache.ts';
import type { EncodedSample, SampleSource } from './source.ts';

export interface DecodedSample {
  readonly label: number;
  /** uint8 [h, w, c] */
  readonly pixels: Uint8Array;
}

/** Samples fetched at a time that nobody waits for. */
const WARM_SAMPLES = 128;

/** Decoded samples: from the cache, or else fetched and decoded. A sample that is under way is never asked for twice. */
export class SampleStore {
  readonly #source: SampleSource;
  readonly #description: DatasetDescription;
  readonly #cache: ImageCache;
  readonly #trace: Trace;
  #fetches = 0;
  readonly #labels: Readonly<Record<Split, Int32Array>>;
  readonly #underWay: Readonly<Record<Split, Map<number, Promise<DecodedSample>>>> = {
    train: new Map(),
    validation: new Map(),
  };
  #warming = false;
  /** All training samples before this one are here or under way; and before which one they are to be. */
  #warmed = 0;
  #warmTo = 0;

  constructor(source: SampleSource, description: DatasetDescription, cacheMemory: number, trace: Trace) {
    const samples = { train: description.trainSamples, validation: description.validationSamples };
    const sampleBytes = description.imageShape.reduce((product, n) => product * n, 1);
    this.#source = source;
    this.#description = description;
    this.#trace = trace;
    this.#cache = new ImageCache({ sampleBytes, budgetBytes: cacheMemory, samples });
    this.#labels = { train: new Int32Array(samples.train), validation: new Int32Array(samples.validation) };
  }

  /** Whether what was decoded once stays. */
  get keepsAll(): boolean {
    return this.#cache.holdsAll;
  }

  /** Whether training samples are missing that the cache still has room for. */
  get lacksSamples(): boolean {
    return this.#cache.lacks('train');
  }

  /** In the order asked for. */
  async load(split: Split, indexes: ArrayLike<number>): Promise<readonly DecodedSample[]> {
    const wanted = Array.from(indexes);
    this.#fetch(
      split,
      wanted.filter((index) => !this.#cache.has(split, index) && !this.#underWay[split].has(index)),
    );
    const coming = wanted.map((index) => this.#cached(split, index) ?? this.#underWay[split].get(index)!);
    const samples: DecodedSample[] = [];
    for (const sample of coming) samples.push(sample instanceof Promise ? await sample : sample);
    return samples;
  }

  /**
   * Fetches those of the first `samples` training samples that nobody needed yet, beside what is needed: later epochs,
   * whose order is another, then find them here. Without use where not all fit.
   */
  warm(samples: number): void {
    if (!this.keepsAll) return;
    this.#warmTo = Math.min(Math.max(this.#warmTo, samples), this.#description.trainSamples);
    if (this.#warming) return;
    this.#warming = true;
    const ended = (): void => {
      this.#warming = false;
    };
    // What fails here is asked for again when it is needed, and fails there.
    void this.#warmUp().then(ended, ended);
  }

  /** A little more, because nothing is urgent. */
  warmFurther(): void {
    if (!this.#warming) this.warm(this.#warmed + WARM_SAMPLES);
  }

  async #warmUp(): Promise<void> {
    while (this.#warmed < this.#warmTo) {
      const end = Math.min(this.#warmed + WARM_SAMPLES, this.#warmTo);
      const missing: number[] = [];
      for (; this.#warmed < end; this.#warmed++) {
        if (!this.#cache.has('train', this.#warmed)) missing.push(this.#warmed);
      }
      await this.load('train', missing);
    }
  }

  #cached(split: Split, index: number): DecodedSample | null {
    const pixels = this.#cache.get(split, index);
    return pixels === null ? null : { label: this.#labels[split][index]!, pixels };
  }

  #fetch(split: Split, indexes: readonly number[]): void {
    if (indexes.length === 0) return;
    const answer = this.#source.read(split, indexes);
    const underWay = this.#underWay[split];
    const trace = this.#trace;
    const fetch = this.#fetches++;
    let left = indexes.length;
    trace.begin('fetch', fetch, { split, samples: left });
    const arrived = (): void => {
      trace.end('fetch', fetch);
      trace.begin('decode', fetch, { split, samples: left });
    };
    // Whoever asked for the samples sees the failure.
    void answer.then(arrived, () => undefined);
    indexes.forEach((index, place) => {
      const decoded = answer.then((samples) => this.#decode(split, index, samples[place]!));
      underWay.set(index, decoded);
      const ended = (): void => {
        underWay.delete(index);
        if (--left === 0) trace.end('decode', fetch);
      };
      // Whoever asked for it sees the failure; without this, so would the process.
      void decoded.then(ended, ended);
    });
  }

  async #decode(split: Split, index: number, { label, bytes }: EncodedSample): Promise<DecodedSample> {
    const result = await tryDecodeSample(this.#description, bytes);
    if (result.reason !== null) {
      this.#source.reportBad(split, index, result.reason);
      throw new GradsocketError(
        'BAD_IMAGE',
        EXIT.badData,
        `Sample ${index} of the ${split} samples of ${this.#description.name} cannot be decoded: ${result.reason}. It could be when the run began: has the dataset changed?`,
      );
    }
    if (label >= this.#description.classes.length) {
      throw new GradsocketError(
        'BAD_LABEL',
        EXIT.badData,
        `Sample ${index} of the ${split} samples of ${this.#description.name} came with the label ${label}; there are ${this.#description.classes.length} classes.`,
      );
    }
    this.#labels[split][index] = label;
    return { label, pixels: this.#cache.put(split, index, result.pixels) };
  }
}
