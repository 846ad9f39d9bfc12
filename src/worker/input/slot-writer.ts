import type { SlotHeader, SlotRing, SlotViews } from './slots.ts';

/** The filling end of a ring. */
export class SlotWriter {
  readonly #ring: SlotRing;
  readonly #wakeReader: () => void;
  #next = 0;
  #waiting: (() => void)[] = [];

  constructor(ring: SlotRing, wakeReader: () => void) {
    this.#ring = ring;
    this.#wakeReader = wakeReader;
  }

  isNextFree(): boolean {
    return this.#ring.isFree(this.#next);
  }

  /**
   * Resolves with true when the next slot is free, with false when `isOver` says, after a `wake`, that nobody wants it any
   * more. The slot is not reserved: fill it at once.
   */
  async nextFree(isOver: () => boolean): Promise<boolean> {
    while (!isOver()) {
      if (this.isNextFree()) return true;
      const woken = new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#ring.raise('writerWaits');
      // The reader may have freed it before it could see the flag.
      if (this.isNextFree()) this.wake();
      await woken;
    }
    return false;
  }

  /** The reader freed slots, or those who wait for one are to ask themselves whether they still want it. */
  wake(): void {
    this.#ring.lower('writerWaits');
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Fills the next slot, which is free, and hands it over. */
  publish(header: SlotHeader, write: (views: SlotViews) => void): void {
    write(this.#ring.views(this.#next, header.count));
    this.#ring.fill(this.#next, header);
    this.#next = (this.#next + 1) % this.#ring.shape.slots;
    if (this.#ring.lower('readerWaits')) this.#wakeReader();
  }
}
