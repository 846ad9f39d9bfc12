/**
 * How far this rank's buckets are: contributed, then reduced, both in order. A bucket's own frames must have left before
 * it counts as reduced, because they are sent from memory that is free to change then.
 */
export class BucketLedger {
  readonly #firstStep: number;
  readonly #buckets: number;
  readonly #unsent: number[];
  #contributed = 0;
  #reduced = 0;

  constructor(firstStep: number, buckets: number) {
    this.#firstStep = firstStep;
    this.#buckets = buckets;
    this.#unsent = new Array<number>(buckets).fill(0);
  }

  /** Whether no step is under way. */
  get idle(): boolean {
    return this.#reduced === this.#contributed && this.#contributed % this.#buckets === 0;
  }

  /** Steps that were begun. */
  get begun(): number {
    return Math.ceil(this.#contributed / this.#buckets);
  }

  /** The bucket to be reduced next, if it has been contributed. */
  get next(): { readonly step: number; readonly stepIndex: number; readonly bucket: number } | null {
    if (this.#reduced === this.#contributed) return null;
    const stepIndex = Math.floor(this.#reduced / this.#buckets);
    return { step: this.#firstStep + stepIndex, stepIndex, bucket: this.#reduced % this.#buckets };
  }

  /** Refuses what is out of order: the caller's mistake. */
  contribute(step: number, bucket: number): void {
    const dueStep = this.#firstStep + Math.floor(this.#contributed / this.#buckets);
    const dueBucket = this.#contributed % this.#buckets;
    if (step !== dueStep || bucket !== dueBucket) {
      throw new Error(`bucket ${dueBucket} of step ${dueStep} is due, not bucket ${bucket} of step ${step}`);
    }
    if (dueBucket === 0 && !this.idle) throw new Error(`step ${step} cannot begin: step ${step - 1} is not reduced`);
    this.#contributed++;
  }

  has(stepIndex: number, bucket: number): boolean {
    return stepIndex * this.#buckets + bucket < this.#contributed;
  }

  /** A frame of this bucket was handed to a link. */
  sending(bucket: number): void {
    this.#unsent[bucket]!++;
  }

  sent(bucket: number): void {
    this.#unsent[bucket]!--;
  }

  allSent(bucket: number): boolean {
    return this.#unsent[bucket] === 0;
  }

  reduce(): void {
    this.#reduced++;
  }
}
