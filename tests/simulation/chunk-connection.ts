import type { ChunkLink, ChunkSink } from '../../src/collective/chunk-link.ts';
import type { ChunkHead } from '../../src/shared/protocol/chunk.ts';
import type { CloseName } from '../../src/shared/protocol/close-codes.ts';
import { ProtocolError } from '../../src/shared/protocol/protocol-error.ts';
import type { End } from './control-channel.ts';
import type { Connection, Network, Site } from './network.ts';
import { Pipe } from './pipe.ts';
import type { Process } from './scheduler.ts';

type Item =
  | { readonly kind: 'chunk'; readonly head: ChunkHead; readonly data: Uint8Array }
  /** The first, from the side that dialled: ready to take chunks. */
  | { readonly kind: 'attach' }
  | { readonly kind: 'close'; readonly name: CloseName }
  | { readonly kind: 'reset' };

interface Waiting {
  readonly head: ChunkHead;
  readonly data: Uint8Array;
  readonly sent: () => void;
}

/** One end of a connection of the all-reduce; behaves as SocketLink does. */
class LinkEnd implements ChunkLink {
  readonly process: Process;
  readonly #network: Network;
  /** Chunks that the kernels hold before the receiver has taken them. */
  readonly #window: number;
  /** Whether a chunk is read in two parts, and whether it is taken within `resume`. */
  readonly #halves: boolean;
  readonly #prompt: boolean;
  #sink: ChunkSink | null = null;
  onAttach: () => void = () => undefined;
  #out: Pipe<Item> | null = null;
  #in: Pipe<Item> | null = null;
  /** Not taken by the kernel yet: read from the caller's memory when it is. */
  readonly #unsent: Waiting[] = [];
  #writing = false;
  #placing: { readonly head: ChunkHead; readonly data: Uint8Array; readonly place: Uint8Array } | null = null;
  #ended = false;
  #over = false;

  constructor(network: Network, process: Process) {
    const { dice } = network;
    this.process = process;
    this.#network = network;
    this.#window = dice.int(1, 6);
    this.#halves = dice.chance(0.2);
    this.#prompt = dice.chance(0.5);
  }

  join(out: Pipe<Item>, into: Pipe<Item>): void {
    this.#out = out;
    this.#in = into;
  }

  listen(sink: ChunkSink): void {
    this.#sink = sink;
    this.#in!.retry();
  }

  get over(): boolean {
    return this.#over || this.process.dead;
  }

  send(head: ChunkHead, data: Uint8Array, sent: () => void): void {
    if (this.#ended) return;
    this.#unsent.push({ head, data, sent });
    this.pump();
  }

  resume(): void {
    if (!this.#ended) this.#in!.retry(this.#prompt);
  }

  freeze(): void {
    this.#ended = true;
    this.#placing = null;
    if (this.#unsent.length > 0) this.#terminate();
    else this.#in!.retry();
  }

  close(name: CloseName): void {
    if (this.#over) return;
    const dirty = this.#placing !== null || this.#unsent.length > 0;
    this.#ended = true;
    this.#placing = null;
    if (dirty) return this.#terminate();
    this.#out!.push({ kind: 'close', name });
    this.#over = true;
    this.#in!.close();
  }

  /** The receiver has taken something, or there is something to send. */
  pump(): void {
    if (this.#writing || this.#ended || this.#unsent.length === 0 || this.#out!.length >= this.#window) return;
    this.#writing = true;
    this.#network.scheduler.after(this.process, this.#network.delay() / 10, 'write', () => {
      this.#writing = false;
      if (this.#ended) return;
      const { head, data, sent } = this.#unsent.shift()!;
      this.#out!.push({ kind: 'chunk', head, data: data.slice() });
      sent();
      this.pump();
    });
  }

  take(item: Item): boolean {
    if (item.kind === 'attach') {
      this.onAttach();
      return true;
    }
    if (this.#sink === null) return this.#ended;
    switch (item.kind) {
      case 'chunk':
        return this.#ended || this.#chunk(item);
      case 'close':
        this.#lost(`it closed the connection: ${item.name}`, item.name === 'done' || item.name === 'generationEnded');
        return true;
      case 'reset':
        this.#lost('the connection broke off', false);
        return true;
    }
  }

  attach(): void {
    this.#out!.push({ kind: 'attach' });
  }

  reset(): void {
    this.#in!.push({ kind: 'reset' });
  }

  #chunk({ head, data }: Extract<Item, { kind: 'chunk' }>): boolean {
    const sink = this.#sink!;
    if (this.#placing !== null) {
      const { place } = this.#placing;
      this.#placing = null;
      place.set(data);
      sink.arrived(head);
      return true;
    }
    let place;
    try {
      place = sink.place(head);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#network.scheduler.note(this.process.name, 'refused a chunk', error.message);
      this.#ended = true;
      this.#out!.push({ kind: 'close', name: error.close });
      this.#over = true;
      this.#in!.close();
      sink.lost(`it broke the protocol: ${error.message}`, false);
      return true;
    }
    if (place === 'wait') return false;
    if (place === 'drop') return true;
    if (place.length !== data.length) throw new Error(`a place of ${place.length} bytes for ${data.length}`);
    if (this.#halves) {
      // The rest comes a moment later.
      place.set(data.subarray(0, data.length >> 1));
      this.#placing = { head, data, place };
      this.#network.scheduler.after(
        this.process,
        this.#network.delay() / 4,
        'rest of chunk',
        () => this.#in!.retry(true),
        head,
      );
      return false;
    }
    place.set(data);
    sink.arrived(head);
    return true;
  }

  #lost(reason: string, peaceful: boolean): void {
    const told = this.#ended;
    this.#ended = true;
    this.#over = true;
    this.#placing = null;
    this.#in!.close();
    if (!told) this.#sink!.lost(reason, peaceful);
  }

  #terminate(): void {
    if (this.#over) return;
    this.#over = true;
    this.#unsent.length = 0;
    this.#out!.push({ kind: 'reset' });
    this.#in!.close();
  }
}

/** A connection of the all-reduce, between two workers or a worker and the hub. */
export class ChunkConnection implements Connection {
  readonly ends: readonly [End, End];
  readonly links: readonly [LinkEnd, LinkEnd];
  readonly #pipes: readonly [Pipe<Item>, Pipe<Item>];
  readonly #network: Network;

  constructor(network: Network, dialler: End, acceptor: End) {
    this.#network = network;
    this.ends = [dialler, acceptor];
    this.links = [new LinkEnd(network, dialler.process), new LinkEnd(network, acceptor.process)];
    const pipe = (from: 0 | 1) =>
      new Pipe<Item>(
        {
          network,
          from: this.ends[from].site,
          to: this.ends[1 - from]!.site,
          process: this.ends[1 - from]!.process,
          label: (item) => (item.kind === 'chunk' ? item.head.phase : item.kind),
          deliver: (item) => this.links[1 - from]!.take(item),
          onTaken: () => {
            if (!this.links[from].process.dead) this.links[from].pump();
          },
        },
        from === 0,
      );
    this.#pipes = [pipe(0), pipe(1)];
    this.links[0].join(this.#pipes[0], this.#pipes[1]);
    this.links[1].join(this.#pipes[1], this.#pipes[0]);
    network.add(this);
  }

  get over(): boolean {
    return this.links.every(({ over }) => over);
  }

  breakOff(): void {
    for (const [index, pipe] of this.#pipes.entries()) {
      pipe.lose(this.#network.dice.below(pipe.length + 1));
      this.links[1 - index]!.reset();
    }
  }

  died(process: Process, told: boolean): void {
    const index = this.ends[0].process === process ? 0 : 1;
    const pipe = this.#pipes[index];
    pipe.lose(this.#network.dice.below(pipe.length + 1));
    if (told) this.links[1 - index]!.reset();
    this.#pipes[1 - index]!.close();
    this.stir();
  }

  rebooted(site: Site): void {
    this.links[this.ends[0].site === site ? 1 : 0].reset();
  }

  stir(): void {
    for (const pipe of this.#pipes) pipe.stir();
  }
}
