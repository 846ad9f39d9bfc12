import type { ChunkHead } from '../../src/shared/protocol/chunk.ts';
import type { ChunkLink, ChunkSink } from '../../src/collective/chunk-link.ts';
import { ProtocolError } from '../../src/shared/protocol/protocol-error.ts';

interface Frame {
  readonly head: ChunkHead;
  /** A view of the sender's memory, read at delivery: as the kernel may read it late. */
  readonly data: Uint8Array;
  readonly sent: () => void;
}

/** A one-way link in memory: frames wait in order until the test delivers them. */
export class MemoryLink {
  readonly #frames: Frame[] = [];
  readonly #sink: ChunkSink;
  #blocked = false;
  #cut = false;
  readonly closed: string[] = [];

  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  /** What the sender holds. */
  readonly sender: ChunkLink = {
    send: (head, data, sent) => {
      if (!this.#cut) this.#frames.push({ head, data, sent });
    },
    resume: () => {},
    freeze: () => this.#end(),
    close: (name) => {
      this.closed.push(name);
      this.#end();
    },
  };

  /** What the receiver holds. */
  readonly receiver: ChunkLink = {
    send: () => {
      throw new Error('chunks go the other way');
    },
    resume: () => {
      this.#blocked = false;
    },
    freeze: () => this.#end(),
    close: () => this.#end(),
  };

  get deliverable(): boolean {
    return !this.#cut && !this.#blocked && this.#frames.length > 0;
  }

  get queued(): number {
    return this.#frames.length;
  }

  deliver(): void {
    const { head, data, sent } = this.#frames[0]!;
    let place: Uint8Array | 'wait' | 'drop';
    try {
      place = this.#sink.place(head);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end();
      return this.#sink.lost(error.message, false);
    }
    if (place === 'wait') {
      this.#blocked = true;
      return;
    }
    this.#frames.shift();
    if (place !== 'drop') {
      place.set(data);
      this.#sink.arrived(head);
    }
    sent();
  }

  breakOff(): void {
    this.#end();
    this.#sink.lost('the connection broke off', false);
  }

  #end(): void {
    this.#cut = true;
    this.#frames.length = 0;
  }
}

/** Lets everything run that was put off with queueMicrotask. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await Promise.resolve();
}

/** Delivers frames of random links until nothing more can be delivered. `before` runs between two deliveries. */
export async function deliverAll(
  links: readonly MemoryLink[],
  pick: (count: number) => number,
  before: () => void = () => {},
): Promise<void> {
  for (;;) {
    before();
    await settle();
    const ready = links.filter((link) => link.deliverable);
    if (ready.length === 0) return;
    ready[pick(ready.length)]!.deliver();
  }
}
