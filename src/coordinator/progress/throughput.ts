/** Images a second over the last few seconds and over the whole run. Time spent on evaluation is not counted. */
export class Throughput {
  readonly #windowMs: number;
  /** When each step of the window began and ended, oldest first. */
  #recent: { readonly ms: number; readonly end: number; readonly samples: number }[] = [];
  #stepBegan: number;
  #samples = 0;
  #ms = 0;

  constructor(now: number, windowMs = 10_000) {
    this.#stepBegan = now;
    this.#windowMs = windowMs;
  }

  /** A step of `samples` was committed. Returns how long it took, in milliseconds. */
  step(now: number, samples: number): number {
    const ms = Math.max(now - this.#stepBegan, 0);
    this.#stepBegan = now;
    this.#samples += samples;
    this.#ms += ms;
    this.#recent.push({ ms, end: now, samples });
    // The newest step stays even where it took longer than the window.
    const oldest = this.#recent.findIndex((step) => step.end > now - this.#windowMs);
    if (oldest > 0) this.#recent = this.#recent.slice(oldest);
    return ms;
  }

  /** Whatever came before was no training: the next step begins now. */
  resume(now: number): void {
    this.#stepBegan = now;
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
