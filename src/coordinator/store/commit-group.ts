import type { Clock } from '../../shared/clock.ts';

/** From the first line that is not on the disk until all are. */
const EVERY_MS = 1_000;

/** Gathers what is appended, and has it synced together: soon, or now where somebody waits for it. */
export class CommitGroup {
  readonly #clock: Clock;
  readonly #commit: () => Promise<void>;
  /** Never rejects. */
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  /** `commit`: syncs all that was appended so far. Where it rejects, it has told so. */
  constructor(clock: Clock, commit: () => Promise<void>) {
    this.#clock = clock;
    this.#commit = commit;
  }

  /** Something was appended. */
  add(): void {
    this.#cancel ??= this.#clock.after(EVERY_MS, () => {
      this.#cancel = null;
      this.now().catch(() => undefined);
    });
  }

  /** Until all that was appended before this call is on the disk. Rejects where it cannot be. */
  now(): Promise<void> {
    this.stop();
    // One that is under way may not have seen the newest line; the one behind it will.
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      const run = this.#commit();
      this.#running = run.catch(() => undefined);
      return run;
    });
    return this.#next;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
