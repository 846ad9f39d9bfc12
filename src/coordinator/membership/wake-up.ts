import type { Clock } from '../../shared/clock.ts';

/** The one timer by which the machine looks again. It is not set anew where it fires before that anyhow. */
export class WakeUp {
  readonly #clock: Clock;
  readonly #action: () => void;
  #set: { readonly at: number; readonly cancel: () => void } | null = null;

  constructor(clock: Clock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  /** At that time at the latest; null: not at all. */
  by(at: number | null): void {
    if (at !== null && this.#set !== null && this.#set.at <= at) return;
    this.#set?.cancel();
    this.#set = null;
    if (at === null) return;
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#set = null;
      this.#action();
    });
    this.#set = { at, cancel };
  }
}
