import { EXIT, GradsocketError } from '../../src/shared/errors.ts';
import {
  type Channel,
  type ChannelHandlers,
  type Closed,
  closedBy,
  type CoordinatorChannel,
  NETWORK_LOST,
  type WorkerChannel,
} from '../../src/shared/link/channel.ts';
import type { CloseName } from '../../src/shared/protocol/close-codes.ts';
import { type Codec, coordinatorCodec, workerCodec } from '../../src/shared/protocol/codec.ts';
import { LIMITS } from '../../src/shared/protocol/limits.ts';
import { ProtocolError } from '../../src/shared/protocol/protocol-error.ts';
import type { Connection, Network, Site } from './network.ts';
import { Pipe } from './pipe.ts';
import type { Process } from './scheduler.ts';

interface Message {
  readonly type: string;
}

type Item =
  | { readonly kind: 'message'; readonly message: Message; readonly bytes: Uint8Array | null }
  | { readonly kind: 'close'; readonly name: CloseName; readonly reason: string }
  /** The answer to `close`. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'reset' };

export interface End {
  readonly site: Site;
  readonly process: Process;
}

export interface ControlOptions {
  readonly network: Network;
  /** Whether messages become bytes on the way. */
  readonly encoded: boolean;
  readonly silenceMs: number;
  readonly pingIntervalMs: number;
  readonly onDelivered: (to: Process, message: { readonly type: string }) => void;
  /** How many times as long as others bulk takes. */
  readonly bulkFactor: number;
  /** Messages under way above which `drained` waits. */
  readonly drainAbove: number;
}

/** One end of a control connection; behaves as SocketChannel does. */
class ChannelEnd implements Channel<Message, Message> {
  readonly remote: string;
  readonly process: Process;
  readonly #options: ControlOptions;
  readonly #codec: Codec<Message, Message>;
  #out: Pipe<Item> | null = null;
  #in: Pipe<Item> | null = null;
  #handlers: ChannelHandlers<Message> | null = null;
  #ending: Closed | null = null;
  #ended = false;
  #busy = false;
  #cancelCut: () => void = () => undefined;
  #cancelSilence: (() => void) | null = null;
  #waiters: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(options: ControlOptions, end: End, remote: string, codec: Codec<Message, Message>) {
    this.#options = options;
    this.process = end.process;
    this.remote = remote;
    this.#codec = codec;
  }

  join(out: Pipe<Item>, into: Pipe<Item>): void {
    this.#out = out;
    this.#in = into;
  }

  get ended(): boolean {
    return this.#ended || this.process.dead;
  }

  start(handlers: ChannelHandlers<Message>): void {
    if (this.#handlers !== null) throw new Error('The channel was started before');
    this.#handlers = handlers;
    if (this.#ended) queueMicrotask(() => this.#tell());
    else this.#in!.retry();
  }

  send(message: Message): void {
    if (this.#ending !== null || this.#ended || this.process.dead) return;
    // Bulk is a view of memory that goes on changing; sending copies it, and so does encoding.
    const bytes = this.#options.encoded ? this.#codec.encode(message) : null;
    const data = (message as { data?: Uint8Array }).data;
    const sent = bytes === null && data !== undefined ? { ...message, data: data.slice() } : message;
    this.#out!.push({ kind: 'message', message: sent, bytes }, data === undefined ? 1 : this.#options.bulkFactor);
  }

  drained(): Promise<void> {
    if (this.#ending !== null || this.#ended) return Promise.reject(this.#lost());
    if (this.#out!.length <= this.#options.drainAbove) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  probe(withinMs: number): Promise<boolean> {
    if (this.#ending !== null || this.#ended) return Promise.resolve(false);
    const { scheduler, dice } = this.#options.network;
    const heardOf = (): boolean => !this.#ended && this.#ending === null && this.#cancelSilence === null;
    const wait = heardOf() ? dice.between(1, 50) : withinMs;
    return new Promise((resolve) => {
      scheduler.after(this.process, wait, 'probe', () => resolve(heardOf() || wait < withinMs));
    });
  }

  close(name: CloseName, reason = ''): void {
    if (this.#ending !== null || this.#ended) return;
    this.#end(closedBy('us', name, reason));
    this.#in!.retry();
    this.#out!.push({ kind: 'close', name, reason });
    const { scheduler } = this.#options.network;
    this.#cancelCut = scheduler.after(this.process, LIMITS.closingMs, 'cut', () => this.#terminate());
  }

  /** Something sent has arrived. */
  less(): void {
    if (this.#waiters.length === 0 || this.#out!.length > this.#options.drainAbove) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#options.network.scheduler.after(this.process, 0, 'drained', () => {
      for (const { resolve } of waiters) resolve();
    });
  }

  take(item: Item): boolean {
    if ((this.#handlers === null && this.#ending === null) || this.#busy) return false;
    if (this.#ended) return true;
    switch (item.kind) {
      case 'message':
        this.#message(item);
        return true;
      case 'close':
        this.#out!.push({ kind: 'closed' });
        this.#gone(closedBy('peer', item.name, item.reason));
        return true;
      case 'closed':
      case 'reset':
        this.#gone(NETWORK_LOST);
        return true;
    }
  }

  /** Whether the other end can be heard: if not, this end gives up after a while. */
  heard(yes: boolean): void {
    if (yes || this.#ended) {
      this.#cancelSilence?.();
      this.#cancelSilence = null;
    } else if (this.#cancelSilence === null) {
      const { silenceMs, pingIntervalMs, network } = this.#options;
      const wait = silenceMs + network.dice.between(0, pingIntervalMs);
      this.#cancelSilence = network.scheduler.after(this.process, wait, 'silence', () => this.#silent(wait));
    }
  }

  /** The other end's process is gone, and its machine says so. */
  reset(): void {
    this.#in!.push({ kind: 'reset' });
  }

  #silent(ms: number): void {
    this.#cancelSilence = null;
    if (this.#ended) return;
    this.#end(closedBy('us', 'unresponsive', `nothing heard for ${Math.round(ms) / 1000} s`));
    this.#terminate();
  }

  #terminate(): void {
    if (this.#ended) return;
    this.#out!.lose(0);
    this.#out!.push({ kind: 'reset' });
    this.#gone(NETWORK_LOST);
  }

  #message({ message, bytes }: Extract<Item, { kind: 'message' }>): void {
    if (this.#ending !== null) return;
    this.#options.onDelivered(this.process, message);
    try {
      const taken = this.#handlers!.onMessage(bytes === null ? message : this.#codec.decode(bytes));
      if (taken !== undefined) this.#wait(taken);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.network.scheduler.note(this.process.name, `refused ${message.type}`, error.message);
      this.close(error.close, error.message);
    }
  }

  /** Nothing more is read until what came is dealt with. */
  #wait(taken: Promise<void>): void {
    this.#busy = true;
    void taken.then(() => {
      this.#busy = false;
      this.#in!.retry();
    });
  }

  #end(closed: Closed): void {
    this.#ending ??= closed;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(this.#lost());
  }

  #gone(closed: Closed): void {
    if (this.#ended) return;
    this.#end(closed);
    this.#ended = true;
    this.#cancelCut();
    this.heard(true);
    this.#in!.close();
    this.#tell();
  }

  #tell(): void {
    this.#handlers?.onClose(this.#ending!);
  }

  #lost(): GradsocketError {
    return new GradsocketError('CONNECTION_LOST', EXIT.tryAgain, `The connection to ${this.remote} is closed.`);
  }
}

/** Two ends of a control connection. */
export class ControlConnection implements Connection {
  readonly ends: readonly [End, End];
  readonly worker: WorkerChannel;
  readonly coordinator: CoordinatorChannel;
  readonly #ends: readonly [ChannelEnd, ChannelEnd];
  readonly #pipes: readonly [Pipe<Item>, Pipe<Item>];
  readonly #network: Network;

  constructor(options: ControlOptions, worker: End, coordinator: End) {
    const { network } = options;
    this.#network = network;
    this.ends = [worker, coordinator];
    const atWorker = new ChannelEnd(options, worker, `${coordinator.site}:0`, workerCodec);
    const atCoordinator = new ChannelEnd(options, coordinator, `${worker.site}:0`, coordinatorCodec);
    this.#ends = [atWorker, atCoordinator];
    const pipe = (from: End, to: End, sender: ChannelEnd, receiver: ChannelEnd) =>
      new Pipe<Item>(
        {
          network,
          from: from.site,
          to: to.site,
          process: to.process,
          label: (item) => (item.kind === 'message' ? item.message.type : item.kind),
          deliver: (item) => receiver.take(item),
          onTaken: () => {
            if (!sender.ended) sender.less();
          },
        },
        false,
      );
    const up = pipe(worker, coordinator, atWorker, atCoordinator);
    const down = pipe(coordinator, worker, atCoordinator, atWorker);
    this.#pipes = [up, down];
    atWorker.join(up, down);
    atCoordinator.join(down, up);
    this.worker = atWorker;
    this.coordinator = atCoordinator;
    network.add(this);
    this.stir();
  }

  get over(): boolean {
    return this.#ends.every(({ ended }) => ended);
  }

  /** The network fails: neither end hears anything more. */
  breakOff(): void {
    for (const [index, pipe] of this.#pipes.entries()) {
      pipe.lose(this.#network.dice.below(pipe.length + 1));
      this.#ends[1 - index]!.reset();
    }
  }

  died(process: Process, told: boolean): void {
    const index = this.ends[0].process === process ? 0 : 1;
    const pipe = this.#pipes[index];
    // What the kernel had taken may still arrive.
    pipe.lose(this.#network.dice.below(pipe.length + 1));
    if (told) this.#ends[1 - index]!.reset();
    this.#pipes[1 - index]!.close();
    this.stir();
  }

  rebooted(site: Site): void {
    this.#ends[this.ends[0].site === site ? 1 : 0].reset();
  }

  stir(): void {
    for (const pipe of this.#pipes) pipe.stir();
    for (const [index, end] of this.#ends.entries()) {
      const other = this.ends[1 - index]!;
      const there = !other.process.dead && !other.process.stopped;
      // A process that stands still itself counts no silence.
      if (end.process.stopped) end.heard(true);
      else end.heard(there && this.#network.passes(other.site, this.ends[index]!.site));
    }
  }
}
