/** Images a second over the last few seconds and over the whole run. Time spent on evaluation is not counted. */
export class Throughput {
  readonly #windowMs: number;
  /** When each step of the window began and ended, oldest first. */
  #recent: { readonly ms: number; readonly end: number; readonly samples: number }[] = [];
  #stepBegan: number;
  /** For so long steps were waited for beyond what they took, since training was resumed: reports of others may come at once for it. */
  #lateMs = 0;
  #samples = 0;
  #ms = 0;

  constructor(now: number, windowMs = 10_000) {
    this.#stepBegan = now;
    this.#windowMs = windowMs;
  }

  /**
   * A step of `samples` was committed, which took a worker `tookMs`. Returns how long it took, in milliseconds, and what of that had
   * passed unseen: of steps that were made while no coordinator was there, the reports come all at once.
   */
  step(now: number, samples: number, tookMs: number): { readonly ms: number; readonly unseenMs: number } {
    const seen = Math.max(now - this.#stepBegan, 0);
    const unseenMs = Math.max(tookMs - seen - this.#lateMs, 0);
    const ms = seen + unseenMs;
    this.#lateMs = Math.max(this.#lateMs + seen - tookMs, 0);
    this.#stepBegan = now;
    this.#samples += samples;
    this.#ms += ms;
    this.#recent.push({ ms, end: now, samples });
    // The newest step stays even where it took longer than the window.
    const oldest = this.#recent.findIndex((step) => step.end > now - this.#windowMs);
    if (oldest > 0) this.#recent = this.#recent.slice(oldest);
    return { ms, unseenMs };
  }

  /** Whatever came before was no training: the next step begins now. */
  resume(now: number): void {
    this.#stepBegan = now;
    this.#lateMs = 0;
  }

  /** Over the newest steps, as many as the window holds. */
  get imagesPerSecond(): number {
    return rate(sum(this.#recent, 'samples'), sum(this.#recent, 'ms'));
  }

  /** Images a second over the whole run. */
  get overall(): number {
    return rate(this.#samples, this.#ms);
  }
}

function rate(samples: number, ms: number): number {
  return ms > 0 ? (samples / ms) * 1000 : 0;
}

function sum<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((total, item) => total + item[key], 0);
}
