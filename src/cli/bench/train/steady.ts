import type { RunEvent } from '../../../coordinator/events.ts';
import type { StepTimes } from '../../../shared/protocol/shared.ts';
import { median, type Spread, spreadOf, sum } from '../statistics.ts';

/** Of all the time that workers spend in steps. */
export interface Shares {
  readonly data: number;
  readonly compute: number;
  /** The gradients are computed here, their sum is not there yet. */
  readonly network: number;
  readonly optimizer: number;
}

export interface SteadyState {
  /** From the median step. */
  readonly imagesPerSecond: number;
  readonly stepMilliseconds: Spread;
  readonly shares: Shares;
}

/** Listens to a run and remembers its steps once the first ones are over. */
export class SteadySteps {
  readonly #warmup: number;
  readonly #times = new Map<string, StepTimes[]>();
  readonly #milliseconds: number[] = [];
  #samples: number[] = [];
  #last: number | null = null;

  constructor(warmup: number) {
    this.#warmup = warmup;
  }

  /** `now`: milliseconds. */
  observe(event: RunEvent, now: number): void {
    if (event.type === 'workerStep') {
      const times = this.#times.get(event.worker) ?? [];
      times.push(event.times);
      this.#times.set(event.worker, times);
    } else if (event.type === 'step') {
      // The first step that counts begins with the end of the last one that does not.
      if (event.step > this.#warmup && this.#last !== null) {
        this.#milliseconds.push(now - this.#last);
        this.#samples.push(event.samples);
      }
      this.#last = now;
    }
  }

  result(): SteadyState {
    const steps = [...this.#times.values()].flatMap((times) => times.slice(this.#warmup));
    const total = sum(steps.map((times) => times.total));
    const share = (of: (times: StepTimes) => number): number => sum(steps.map(of)) / total;
    return {
      imagesPerSecond: (1000 * median(this.#samples)) / median(this.#milliseconds),
      stepMilliseconds: spreadOf(this.#milliseconds),
      shares: {
        data: share(({ data }) => data),
        compute: share(({ compute }) => compute),
        network: share(({ allReduce }) => allReduce),
        optimizer: share(({ optimizer }) => optimizer),
      },
    };
  }
}
