import type { RunEvent } from '../../../coordinator/progress/events.ts';
import type { StepTimes } from '../../../shared/protocol/shared.ts';
import { median, type Spread, spreadOf, sum } from '../measure/statistics.ts';

/** Of all the time that workers have, on a clock of the coordinator's: together they are 1. */
interface Shares {
  readonly data: number;
  readonly compute: number;
  readonly optimizer: number;
  /**
   * The rest: the gradients are computed here, and the engine does not know yet that the step is committed. Slower workers
   * and messages between threads included.
   */
  readonly network: number;
}

export interface SteadyState {
  /** From the median step. */
  readonly imagesPerSecond: number;
  /** From all steps together. */
  readonly meanImagesPerSecond: number;
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
    const elapsed = sum(this.#milliseconds);
    const share = (of: (times: StepTimes) => number): number =>
      sum(steps.map(of)) / ((this.#times.size * elapsed) / 1000);
    const [data, compute, optimizer] = [
      share((times) => times.data),
      share((times) => times.compute),
      share((times) => times.optimizer + (times.commit ?? 0)),
    ];
    return {
      imagesPerSecond: (1000 * median(this.#samples)) / median(this.#milliseconds),
      meanImagesPerSecond: (1000 * sum(this.#samples)) / elapsed,
      stepMilliseconds: spreadOf(this.#milliseconds),
      shares: { data, compute, optimizer, network: 1 - data - compute - optimizer },
    };
  }
}
