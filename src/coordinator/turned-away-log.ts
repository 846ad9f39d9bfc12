import type { Clock } from '../shared/clock.ts';

const WINDOW_MS = 60_000;
/** Of each reason, in that time, with their addresses; of the others only how many they were. */
const NAMED = 3;
/** Before there is a log. */
const KEPT = 100;

interface Window {
  named: number;
  more: number;
  /** Addresses of those that were not named, as far as they are few. */
  readonly addresses: Set<string>;
}

/** Writes who was turned away, and why: the first of each reason in a minute, then only how many came beside them. */
export class TurnedAwayLog {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();
  readonly #early: object[] = [];
  readonly #cancels = new Set<() => void>();
  #log: ((entry: object) => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** There is a log now. */
  open(log: (entry: object) => void): void {
    this.#log = log;
    for (const entry of this.#early.splice(0)) log(entry);
  }

  /** `why`: one of a small fixed set. `remote`: `address:port`. */
  note(why: string, remote: string): void {
    const window = this.#windows.get(why) ?? this.#begin(why);
    if (window.named < NAMED) {
      window.named++;
      return this.#write({ turnedAway: why, remote });
    }
    window.more++;
    if (window.addresses.size < 2 * NAMED) window.addresses.add(remote.replace(/:\d+$/, ''));
  }

  /** Says what is not said yet. */
  close(): void {
    for (const cancel of this.#cancels) cancel();
    for (const why of [...this.#windows.keys()]) this.#end(why);
  }

  #begin(why: string): Window {
    const window = { named: 0, more: 0, addresses: new Set<string>() };
    this.#windows.set(why, window);
    const cancel = this.#clock.after(WINDOW_MS, () => {
      this.#cancels.delete(cancel);
      this.#end(why);
    });
    this.#cancels.add(cancel);
    return window;
  }

  #end(why: string): void {
    const window = this.#windows.get(why);
    this.#windows.delete(why);
    if (window === undefined || window.more === 0) return;
    this.#write({ turnedAway: why, more: window.more, from: [...window.addresses] });
  }

  #write(entry: object): void {
    if (this.#log !== null) this.#log(entry);
    else if (this.#early.length < KEPT) this.#early.push(entry);
  }
}
