/** For how long a run has trained: what stands between a pause and `resume` does not count. */
export class TrainingTime {
  readonly #now: () => number;
  /** Milliseconds, up to `#since`. */
  #before = 0;
  /** Since when it trains; null: it does not. */
  #since: number | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  resume(): void {
    this.#since ??= this.#now();
  }

  pause(): void {
    if (this.#since === null) return;
    this.#before += this.#now() - this.#since;
    this.#since = null;
  }

  /** It has trained for so long while nobody was here to see it. */
  add(ms: number): void {
    this.#before += ms;
  }

  get seconds(): number {
    const running = this.#since === null ? 0 : this.#now() - this.#since;
    return (this.#before + running) / 1000;
  }
}
