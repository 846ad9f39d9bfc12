import type { ComputeTimes } from '../messages/from-engine.ts';

/** Where the engine's thread spends a step. */
export class StepClock {
  readonly #now: () => number;
  readonly #start: number;
  #waited = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  /** Counts the time until `samples` are there as waiting for data. */
  async wait<T>(samples: Promise<T>): Promise<T> {
    const start = this.#now();
    const value = await samples;
    this.#waited += this.#now() - start;
    return value;
  }

  times(): ComputeTimes {
    const elapsed = this.#now() - this.#start;
    return { data: this.#waited, compute: elapsed - this.#waited, elapsed };
  }
}
