import type { Clock } from '../../shared/clock.ts';

const BEAT_MS = 1_000;
/** A beat that comes so much too late was not late: the process stood still. */
const LATE_MS = 1_000;

/**
 * Counts only the time in which this process was awake. After it stood still, timers come before what others said meanwhile is
 * read: by the wall's clock they would all have been silent for too long.
 */
export class WakingClock implements Clock {
  readonly #clock: Clock;
  #lost = 0;
  /** When the next beat is due; infinite: it does not beat. */
  #due = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    const now = this.#clock.now();
    if (now > this.#due + LATE_MS) {
      this.#lost += now - this.#due;
      this.#due = now;
    }
    return now - this.#lost;
  }

  /** May come too early by the time for which the process stood still. */
  after(ms: number, action: () => void): () => void {
    return this.#clock.after(ms, action);
  }

  start(): void {
    this.now();
    this.#due = this.#clock.now() + BEAT_MS;
    this.#cancel = this.#clock.after(BEAT_MS, () => this.start());
  }

  stop(): void {
    this.#cancel();
    this.#due = Number.POSITIVE_INFINITY;
  }
}
