import type { Network, Site } from './network.ts';
import type { Process } from './scheduler.ts';

export interface PipeOptions<T> {
  readonly network: Network;
  readonly from: Site;
  readonly to: Site;
  /** In which things arrive. */
  readonly process: Process;
  readonly label: (item: T) => string;
  /** False: it has no place yet, and nothing behind it arrives before `retry`. */
  readonly deliver: (item: T) => boolean;
  /** One less is on its way. */
  readonly onTaken: () => void;
}

/** One direction of a connection: things arrive in order, each some time after it was sent, none while there is a hole. */
export class Pipe<T> {
  readonly #options: PipeOptions<T>;
  readonly #queue: { readonly item: T; readonly at: number }[] = [];
  #latest = 0;
  #scheduled = false;
  /** Nobody reads, or the first in line has no place. */
  #blocked: boolean;
  #delivering = false;
  #closed = false;

  /** `open`: somebody reads already. */
  constructor(options: PipeOptions<T>, open: boolean) {
    this.#options = options;
    this.#blocked = !open;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** `factor`: how many times as long as others it takes. */
  push(item: T, factor = 1): void {
    if (this.#closed) return;
    const { network } = this.#options;
    this.#latest = Math.max(this.#latest, network.scheduler.now + network.delay(factor));
    this.#queue.push({ item, at: this.#latest });
    this.stir();
  }

  /** What is on its way is lost, but for the first `keep`. */
  lose(keep: number): void {
    this.#queue.splice(keep);
  }

  /** Nothing arrives any more. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
  }

  /** There may be a place now. `now`: within this call. */
  retry(now = false): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (now) this.#arrive();
    this.stir();
  }

  /** The hole may have gone. */
  stir(): void {
    const next = this.#queue[0];
    if (next === undefined || this.#scheduled || this.#blocked || this.#delivering || this.#closed) return;
    const { network, from, to, process, label } = this.#options;
    if (!network.passes(from, to)) return;
    this.#scheduled = true;
    const { scheduler } = network;
    scheduler.after(
      process,
      Math.max(0, next.at - scheduler.now),
      label(next.item),
      () => {
        this.#scheduled = false;
        this.#arrive();
        this.stir();
      },
      next.item,
    );
  }

  #arrive(): void {
    const { network, from, to, deliver } = this.#options;
    const next = this.#queue[0];
    if (next === undefined || this.#closed || this.#blocked || this.#delivering) return;
    if (!network.passes(from, to) || next.at > network.scheduler.now) return;
    this.#delivering = true;
    const taken = deliver(next.item);
    this.#delivering = false;
    if (taken) {
      this.#queue.shift();
      this.#options.onTaken();
    } else this.#blocked = true;
  }
}
