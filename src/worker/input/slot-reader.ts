import type { SlotHeader, SlotRing, SlotViews } from './slots.ts';

/** A filled slot. Its views are valid until `release`. */
export interface FilledSlot extends SlotHeader, SlotViews {
  release(): void;
}

interface Waiter {
  readonly resolve: (slot: FilledSlot) => void;
  readonly reject: (error: Error) => void;
}

/** The taking end of a ring. */
export class SlotReader {
  readonly #ring: SlotRing;
  readonly #wakeWriter: () => void;
  #next = 0;
  #assignment = 0;
  #waiters: Waiter[] = [];
  #failure: Error | null = null;

  constructor(ring: SlotRing, wakeWriter: () => void) {
    this.#ring = ring;
    this.#wakeWriter = wakeWriter;
  }

  /** From now on, slots that were filled for another assignment are passed over. Those who wait for one are refused. */
  expect(assignment: number): void {
    this.#assignment = assignment;
    this.#refuse(new Error('the microbatch that was waited for is no longer assigned'));
    this.#dropStale();
  }

  /** The next slot of the assignment, in the order in which they are filled. */
  take(): Promise<FilledSlot> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const slot = this.#waiters.length === 0 ? this.#tryTake() : null;
    if (slot !== null) return Promise.resolve(slot);
    const coming = new Promise<FilledSlot>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.wake();
    });
    // Whoever asks ahead may look at it late, or, when something else failed first, never.
    coming.catch(() => undefined);
    return coming;
  }

  /** The writer says that it filled a slot. */
  wake(): void {
    while (this.#waiters.length > 0) {
      const slot = this.#tryTake() ?? this.#tryTakeAfterRaising();
      if (slot === null) return;
      this.#waiters.shift()!.resolve(slot);
    }
  }

  /** Nothing will come any more. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#refuse(error);
  }

  #tryTakeAfterRaising(): FilledSlot | null {
    this.#ring.raise('readerWaits');
    // The writer may have filled it before it could see the flag.
    const slot = this.#tryTake();
    if (slot === null) this.#tellWriter();
    else this.#ring.lower('readerWaits');
    return slot;
  }

  #tryTake(): FilledSlot | null {
    this.#dropStale();
    const slot = this.#next;
    if (!this.#ring.isFull(slot)) return null;
    const header = this.#ring.headerOf(slot);
    this.#ring.take(slot);
    this.#advance();
    let held = true;
    return {
      ...header,
      ...this.#ring.views(slot, header.count),
      release: () => {
        if (!held) return;
        held = false;
        this.#ring.free(slot);
        // One message for half a ring: waking a thread costs more than filling a small slot.
        if (2 * this.#ring.countFree() >= this.#ring.shape.slots) this.#tellWriter();
      },
    };
  }

  #dropStale(): void {
    let dropped = false;
    while (this.#ring.isFull(this.#next) && this.#ring.headerOf(this.#next).assignment !== this.#assignment) {
      this.#ring.free(this.#next);
      this.#advance();
      dropped = true;
    }
    if (dropped) this.#tellWriter();
  }

  #advance(): void {
    this.#next = (this.#next + 1) % this.#ring.shape.slots;
  }

  #tellWriter(): void {
    if (this.#ring.lower('writerWaits')) this.#wakeWriter();
  }

  #refuse(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
