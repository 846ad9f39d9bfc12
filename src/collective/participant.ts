import { subtreesOf } from '../shared/plan/tree.ts';
import type { ChunkHead } from '../shared/protocol/chunk.ts';
import type { AllReduce, AllReduceCallbacks, ReduceGroup, ReduceMemory } from './all-reduce.ts';
import { BucketLedger } from './bucket-ledger.ts';
import type { ChunkLink, ChunkSink, Placement } from './chunk-link.ts';
import { WireMemory } from './wire-memory.ts';

/**
 * running: chunks flow. lost: a link ended, `onLost` was called. frozen: aborted, only `close` is left. closed: over.
 */
type State = 'running' | 'lost' | 'frozen' | 'closed';

/** What mesh and star have in common: a rank's life in a generation, its links, its buckets, its callbacks. */
export abstract class Participant implements AllReduce {
  protected readonly group: ReduceGroup;
  protected readonly memory: ReduceMemory;
  protected readonly wires: WireMemory;
  protected readonly ledger: BucketLedger;
  readonly #callbacks: AllReduceCallbacks;
  #state: State = 'running';
  /** null until all links are there: a peer that has its links may send before. A rank alone needs none. */
  #links: readonly ChunkLink[] | null;
  /** Links whose next chunk had no place yet. */
  #waiting: (() => ChunkLink)[] = [];
  /** Who said that they are through when nothing was needed of them, and how many steps had begun by then. */
  #departed: { readonly rank: number | null; readonly reason: string; readonly begun: number } | null = null;
  #scheduled = false;
  #bytesSent = 0;
  #bytesReceived = 0;
  #framesDropped = 0;

  constructor(group: ReduceGroup, memory: ReduceMemory, callbacks: AllReduceCallbacks) {
    this.group = group;
    this.memory = memory;
    this.#callbacks = callbacks;
    this.#links = group.ranks === 1 ? [] : null;
    this.ledger = new BucketLedger(group.firstStep, group.buckets.length);
    const subtrees = subtreesOf(group.leaves, group.held[group.rank]!).length;
    if (memory.contributions.length !== subtrees) {
      throw new RangeError(`rank ${group.rank} has ${subtrees} contributions, not ${memory.contributions.length}`);
    }
    this.wires = new WireMemory(memory, group.buckets);
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

  contribute(step: number, bucket: number): void {
    if (this.#state !== 'running') return; // the engine may not have heard yet
    this.ledger.contribute(step, bucket);
    this.sendContributions(bucket, this.ledger.begun - 1);
    this.schedule();
  }

  abort(_step: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'frozen';
    for (const link of this.#links ?? []) link.freeze();
  }

  close(): void {
    if (this.#state === 'closed') return;
    const name = this.#state === 'running' && this.ledger.idle ? 'done' : 'generationEnded';
    this.#state = 'closed';
    for (const link of this.#links ?? []) link.close(name);
    this.releaseMemory();
  }

  /** Gives back what was taken for this generation: no link reads or writes it any more. */
  protected releaseMemory(): void {}

  protected abstract sendContributions(bucket: number, stepIndex: number): void;
  /** Folds and sends what can be. */
  protected abstract advance(): void;
  /** Whether all that the network has to do for this bucket is done. */
  protected abstract isReduced(bucket: number, stepIndex: number): boolean;
  /** Whether all that `rank` (null: the hub) had to send for the steps begun so far has come. */
  protected abstract hasAll(rank: number | null, steps: number): boolean;

  protected useLinks(links: readonly ChunkLink[]): void {
    this.#links = links;
    this.schedule();
  }

  /**
   * The sink of a link to `rank`, whose chunks the handlers deal with; `link` is that link, resumed after it had to wait.
   * `complete`: whether nothing that a step needs is still to come on it.
   */
  protected sinkOf(
    rank: number | null,
    handlers: Pick<ChunkSink, 'place' | 'arrived'>,
    link: () => ChunkLink,
    complete: () => boolean = () => this.hasAll(rank, this.ledger.begun),
  ): ChunkSink {
    return {
      place: (head): Placement => {
        if (this.#state !== 'running') return 'drop';
        if (head.generation !== this.group.generation) {
          this.#framesDropped++;
          return 'drop';
        }
        const placement = handlers.place(head);
        if (placement === 'wait') this.#waiting.push(link);
        return placement;
      },
      arrived: (head) => {
        if (this.#state !== 'running') return;
        this.#bytesReceived += head.bytes;
        handlers.arrived(head);
        this.schedule();
      },
      lost: (reason, peaceful) => this.#lost(rank, reason, peaceful && complete()),
    };
  }
  protected send(link: ChunkLink, head: ChunkHead, data: Uint8Array): void {
    this.ledger.sending(head.bucket);
    link.send(head, data, () => {
      this.#bytesSent += head.bytes;
      this.ledger.sent(head.bucket);
      this.schedule();
    });
  }

  /** Lets everything that has become possible happen, once the caller has returned. */
  protected schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    if (this.#state !== 'running' || this.#links === null) return;
    if (this.#departed !== null && this.ledger.begun > this.#departed.begun) {
      return this.#tellLost(this.#departed.rank, this.#departed.reason);
    }
    this.advance();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const link of waiting) link().resume();
    for (;;) {
      const next = this.#state === 'running' ? this.ledger.next : null;
      if (next === null) return;
      const { step, stepIndex, bucket } = next;
      if (!this.ledger.allSent(bucket) || !this.isReduced(bucket, stepIndex)) return;
      this.ledger.reduce();
      this.#callbacks.onReduced(step, bucket);
    }
  }

  #lost(rank: number | null, reason: string, dispensable: boolean): void {
    if (this.#state !== 'running') return;
    // Whoever committed the last step leaves while others may still wait for a third.
    const { begun } = this.ledger;
    if (dispensable) this.#departed ??= { rank, reason, begun };
    else this.#tellLost(rank, reason);
  }

  #tellLost(rank: number | null, reason: string): void {
    this.#state = 'lost';
    this.#callbacks.onLost(rank, reason);
  }
}
