/** How many microbatches each worker computes, by its id. */
export type Held = ReadonlyMap<string, number>;

/**
 * What a step takes, as far as it has been seen: how long others wait for one goes by that. A run has one for all its generations, as
 * the engines of those that stay are compiled once, whatever they are dealt.
 */
export class StepPace {
  /** The slowest step of the newest generation that had any, but for the first one if there was another; null: none had. */
  #slowestMs: number | null = null;
  /** The largest share in that generation. */
  #share = 0;
  /** Timed steps of the present generation. */
  #timed = 0;
  #held: Held = new Map();
  /** Its largest share: asked for with each report. */
  #largest = 0;
  #untried = false;
  /** Ids of those that committed a step in the newest generation that had any. */
  #trained: ReadonlySet<string> = new Set();

  /** Of a run that goes on: what a step took before. */
  constructor(recordedMs: number | null = null) {
    this.#slowestMs = recordedMs;
  }

  /** Another generation. */
  open(held: Held): void {
    this.#held = held;
    this.#largest = largest(held);
    this.#untried = [...held.keys()].some((id) => !this.#trained.has(id));
    this.#timed = 0;
  }

  /** All have committed one. */
  step(ms: number): void {
    if (++this.#timed === 1) {
      this.#trained = new Set(this.#held.keys());
      this.#share = this.#largest;
    }
    // A generation's first one also pays for the first samples: it counts until there is another.
    this.#slowestMs = this.#timed <= 2 ? ms : Math.max(this.#slowestMs ?? 0, ms);
  }

  /** Milliseconds that a step is known to take; null: nothing is known. A first one takes as much longer as the largest share has grown. */
  get slowestMs(): number | null {
    if (this.#timed > 0 || this.#slowestMs === null || this.#share === 0) return this.#slowestMs;
    return this.#slowestMs * Math.max(1, this.#largest / this.#share);
  }

  /** The first step, and one of those that compute it has done none before: it may be slower than any, or just begin to be fast. */
  get untried(): boolean {
    return this.#timed === 0 && this.#untried;
  }
}

function largest(held: Held): number {
  return Math.max(0, ...held.values());
}
