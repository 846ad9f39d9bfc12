import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import type { CloseName } from '../../../src/shared/protocol/close-codes.ts';
import { type Codec, coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';
import { ProtocolError } from '../../../src/shared/protocol/protocol-error.ts';
import {
  type Channel,
  type ChannelHandlers,
  type Closed,
  type CoordinatorChannel,
  closedBy,
  NETWORK_LOST,
  type WorkerChannel,
} from '../../../src/shared/link/channel.ts';

/** One end of a pair. Everything arrives in a microtask of its own, in order, as if it had travelled. */
class MemoryChannel<Send, Receive> implements Channel<Send, Receive> {
  readonly remote: string;
  /** Gives no sign of life. */
  mute = false;
  readonly #codec: Codec<Send, Receive>;
  #peer: MemoryChannel<Receive, Send> | null = null;
  #handlers: ChannelHandlers<Receive> | null = null;
  #early: (() => void)[] = [];
  #closed = false;

  constructor(remote: string, codec: Codec<Send, Receive>) {
    this.remote = remote;
    this.#codec = codec;
  }

  join(peer: MemoryChannel<Receive, Send>): void {
    this.#peer = peer;
  }

  start(handlers: ChannelHandlers<Receive>): void {
    if (this.#handlers !== null) throw new Error('The channel was started before');
    this.#handlers = handlers;
    const early = this.#early;
    this.#early = [];
    for (const event of early) queueMicrotask(event);
  }

  send(message: Send): void {
    if (this.#closed) return;
    // Through the codec, so that tests see what a socket would have delivered.
    const bytes = this.#codec.encode(message);
    this.#peer!.arrive(() => this.#peer!.deliver(bytes));
  }

  drained(): Promise<void> {
    if (!this.#closed) return Promise.resolve();
    return Promise.reject(
      new GradsocketError('CONNECTION_LOST', EXIT.tryAgain, `The connection to ${this.remote} is closed.`),
    );
  }

  probe(): Promise<boolean> {
    return Promise.resolve(!this.#closed && !this.#peer!.mute);
  }

  close(name: CloseName, reason = ''): void {
    this.finish(closedBy('us', name, reason), closedBy('peer', name, reason));
  }

  finish(ours: Closed, theirs: Closed): void {
    if (this.#closed) return;
    this.#closed = true;
    this.arrive(() => this.#handlers!.onClose(ours));
    this.#peer!.arrive(() => this.#peer!.endedByPeer(theirs));
  }

  /** Later, and not before `start`. */
  arrive(event: () => void): void {
    if (this.#handlers === null) this.#early.push(event);
    else queueMicrotask(event);
  }

  deliver(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      void this.#handlers!.onMessage(this.#codec.decode(bytes));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.close, error.message);
    }
  }

  endedByPeer(closed: Closed): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handlers!.onClose(closed);
  }
}

export interface ChannelPair {
  readonly worker: WorkerChannel;
  readonly coordinator: CoordinatorChannel;
  /** As when the network fails or a process dies: both ends close without a word. */
  readonly cut: () => void;
  /** From here on the worker gives no sign of life, as one that stands still. */
  readonly hang: () => void;
}

/** Two ends of a connection within one process: for tests of what speaks over channels. */
export function createChannelPair(): ChannelPair {
  const worker = new MemoryChannel('coordinator:0', workerCodec);
  const coordinator = new MemoryChannel('worker:0', coordinatorCodec);
  worker.join(coordinator);
  coordinator.join(worker);
  const hang = (): void => {
    worker.mute = true;
  };
  return { worker, coordinator, cut: () => worker.finish(NETWORK_LOST, NETWORK_LOST), hang };
}
