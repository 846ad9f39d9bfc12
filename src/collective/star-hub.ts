import type { LinkServer } from '../shared/link/link-server.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { ArenaLease } from './kernels/shared-arena.ts';
import type { ChunkHead } from '../shared/protocol/chunk.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { ReduceGroup } from './all-reduce.ts';
import type { ChunkLink, ChunkSink, Placement } from './chunk-link.ts';
import { type OwnedChunks, ownedChunks, starChunkFloats } from './chunk-plan.ts';
import { OwnedFold } from './owned-fold.ts';
import { serveHub } from './serve-hub.ts';

/** Sums that may be on their way at a time: the slowest reader holds up the others only that far behind. */
const RESULTS = 8;

export interface StarHubOptions {
  /** As every worker has it; it is not of any rank. */
  readonly group: Omit<ReduceGroup, 'rank'>;
  /** Of this process. Staging is taken from its arena, until `close`. */
  readonly kernels: Kernels;
  /** A worker's connection ended, or it broke the protocol. At most once for each rank, not after `close`. */
  readonly onLost: (rank: number, reason: string) => void;
  readonly chunkFloats?: number;
}

/** The coordinator's end of the star, for one generation: folds what the workers contribute, sends the sums to all. */
export class StarHub {
  readonly #options: StarHubOptions;
  readonly #owned: OwnedChunks;
  readonly #fold: OwnedFold;
  readonly #links = new Map<number, ChunkLink>();
  readonly #lease: ArenaLease;
  readonly #results: number;
  /** Per place in the ring of results: to how many workers its sum is still being sent. */
  readonly #sending = new Array<number>(RESULTS).fill(0);
  #waiting: ChunkLink[] = [];
  readonly #departed = new Map<number, string>();
  #scheduled = false;
  #closed = false;
  #stopServing: () => void = () => {};
  #bytesSent = 0;
  #bytesReceived = 0;
  #framesDropped = 0;

  constructor(options: StarHubOptions) {
    const { group, kernels, chunkFloats = starChunkFloats(group) } = options;
    this.#options = options;
    this.#owned = ownedChunks(group.buckets, 1, 0, chunkFloats);
    this.#fold = new OwnedFold({ group, kernels, owned: this.#owned, local: null });
    this.#lease = kernels.arena.lease();
    this.#results = this.#lease.allocate(RESULTS * this.#owned.maxBytes);
  }

  get ranks(): number {
    return this.#options.group.ranks;
  }

  get generation(): number {
    return this.#options.group.generation;
  }

  get maxChunkBytes(): number {
    return this.#owned.maxBytes;
  }

  get bytesSent(): number {
    return this.#bytesSent;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Frames of another generation, read and forgotten. */
  get framesDropped(): number {
    return this.#framesDropped;
  }

  /** Lets workers in that show the generation's key. */
  serve(server: LinkServer, key: string): void {
    this.#stopServing = serveHub(this, server, key);
  }

  has(rank: number): boolean {
    return this.#links.has(rank);
  }

  sink(rank: number): ChunkSink {
    return {
      place: (head) => this.#place(rank, head),
      arrived: (head) => {
        this.#bytesReceived += head.bytes;
        this.#fold.arrived(rank);
        this.#schedule();
      },
      lost: (reason, peaceful) => {
        if (this.#closed) return;
        // Between two steps a worker may leave; if another step begins, it is missing.
        if (peaceful && this.#fold.idle) this.#departed.set(rank, reason);
        else this.#options.onLost(rank, reason);
      },
    };
  }

  /** Rank `rank` takes chunks from now on. */
  join(rank: number, link: ChunkLink): void {
    this.#links.set(rank, link);
    this.#schedule();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopServing();
    for (const link of this.#links.values()) link.close('generationEnded');
    this.#fold.release();
    this.#lease.end();
  }

  #place(rank: number, head: ChunkHead): Placement {
    if (this.#closed) return 'drop';
    if (head.generation !== this.generation) {
      this.#framesDropped++;
      return 'drop';
    }
    if (head.phase !== 'rs') throw new ProtocolError('outOfTurn', 'Sums come from the coordinator, not to it.');
    const placement = this.#fold.place(rank, head);
    for (const [departed, reason] of this.#departed) this.#options.onLost(departed, reason);
    this.#departed.clear();
    if (placement === 'wait') this.#waiting.push(this.#links.get(rank)!);
    return placement;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    if (this.#closed || this.#links.size < this.ranks) return;
    for (let next = this.#fold.next; next !== null && this.#fold.ready; next = this.#fold.next) {
      const place = this.#fold.folded % RESULTS;
      if (this.#sending[place]! > 0) break;
      const { chunk, stepIndex } = next;
      const address = this.#results + place * this.#owned.maxBytes;
      this.#fold.fold(address);
      const head: ChunkHead = {
        generation: this.generation,
        step: this.#options.group.firstStep + stepIndex,
        phase: 'ag',
        bucket: chunk.bucket,
        contribution: 0,
        owner: 0,
        chunk: chunk.index,
        bytes: chunk.bytes,
      };
      this.#sending[place] = this.ranks;
      for (const link of this.#links.values()) {
        link.send(head, this.#options.kernels.arena.bytes(address, head.bytes), () => {
          this.#bytesSent += head.bytes;
          this.#sending[place]!--;
          this.#schedule();
        });
      }
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const link of waiting) link.resume();
  }
}
