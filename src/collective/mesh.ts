import type { ChunkHead } from '../shared/protocol/chunk.ts';
import type { AllReduceCallbacks, ReduceGroup, ReduceMemory } from './all-reduce.ts';
import type { ChunkLink, ChunkSink, Placement } from './chunk-link.ts';
import { CHUNK_FLOATS, type Chunk, type OwnedChunks, ownedChunks } from './chunk-plan.ts';
import { ChunkStream } from './chunk-stream.ts';
import { Participant } from './participant.ts';
import { OwnedFold } from './owned-fold.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';

/** Both directions between this rank and a peer. Data only comes on `incoming`, only goes out on `outgoing`. */
export interface PeerLinks {
  readonly incoming: ChunkLink;
  readonly outgoing: ChunkLink;
}

interface Peer {
  readonly rank: number;
  /** What the peer owns. */
  readonly owned: OwnedChunks;
  /** Our contributions to it. */
  readonly rs: ChunkStream;
  /** Its sums. */
  readonly ag: ChunkStream;
}

/**
 * All-reduce between peers. Rank i owns segment i of every bucket: all send it their contributions to that (reduce-scatter),
 * it folds each chunk as soon as all are there and sends the sum to all at once (all-gather).
 *
 * Why nothing can wait in a circle: a link is read unless its next chunk finds the ring full (other ranks' chunks are
 * missing, and their links are not full then) or belongs to a bucket that this rank's own engine has yet to contribute.
 */
export class MeshAllReduce extends Participant {
  readonly #owned: OwnedChunks;
  readonly #fold: OwnedFold;
  readonly #peers: readonly Peer[];
  #links: ReadonlyMap<number, PeerLinks> = new Map();

  constructor(group: ReduceGroup, memory: ReduceMemory, callbacks: AllReduceCallbacks, chunkFloats = CHUNK_FLOATS) {
    super(group, memory, callbacks);
    const { rank, ranks, generation, firstStep, buckets } = group;
    const ownedBy = (owner: number) => ownedChunks(buckets, ranks, owner, chunkFloats);
    const local = { rank, wires: this.wires };
    this.#owned = ownedBy(rank);
    this.#fold = new OwnedFold({ group, kernels: memory.kernels, owned: this.#owned, local });
    this.#peers = Array.from({ length: ranks - 1 }, (_, index) => {
      // Each rank begins with its successor, so that not all send to the same one first.
      const peer = (rank + 1 + index) % ranks;
      const owned = ownedBy(peer);
      const stream = { generation, firstStep, owned };
      return {
        rank: peer,
        owned,
        rs: new ChunkStream({ ...stream, phase: 'rs', contributions: memory.contributions.length }),
        ag: new ChunkStream({ ...stream, phase: 'ag', contributions: 1 }),
      };
    });
  }

  /** Bytes of the largest chunk that may come. */
  get maxChunkBytes(): number {
    return Math.max(this.#owned.maxBytes, ...this.#peers.map(({ owned }) => owned.maxBytes));
  }

  /** What takes in the chunks of `rank` from its `incoming` link. */
  incomingSink(rank: number): ChunkSink {
    const peer = this.#peer(rank);
    return this.sinkOf(
      rank,
      {
        place: (head) => (head.phase === 'rs' ? this.#fold.place(rank, head) : this.#placeSum(peer, head)),
        arrived: (head) => (head.phase === 'rs' ? this.#fold.arrived(rank) : this.#sumArrived(peer)),
      },
      () => this.#links.get(rank)!.incoming,
    );
  }

  /** The link on which we send: nothing may come on it. */
  outgoingSink(rank: number): ChunkSink {
    const refuse = (): never => {
      throw new ProtocolError('outOfTurn', 'Chunks go the other way on this link.');
    };
    // Its goodbye overtakes what is still under way on the other link, whose own goodbye comes after that.
    return this.sinkOf(rank, { place: refuse, arrived: refuse }, refuse, () => true);
  }

  /** To be called once, before anything is contributed. */
  open(links: ReadonlyMap<number, PeerLinks>): void {
    this.#links = links;
    this.useLinks([...links.values()].flatMap(({ incoming, outgoing }) => [incoming, outgoing]));
  }

  protected override sendContributions(bucket: number, stepIndex: number): void {
    const queues = this.#peers.map((peer) => ({ peer, ...this.#rangeOf(peer.owned, bucket, stepIndex) }));
    const most = Math.max(0, ...queues.map(({ from, to }) => to - from));
    // Chunk by chunk over all peers: their owners all can begin to fold.
    for (let offset = 0; offset < most; offset++) {
      for (const { peer, from, to } of queues) {
        const count = from + offset;
        if (count >= to) continue;
        const { chunk } = peer.rs.at(count);
        for (const index of this.memory.contributions.keys()) {
          this.send(this.#outgoing(peer.rank), peer.rs.head(count, index), this.wires.contribution(index, chunk));
        }
      }
    }
  }

  protected override advance(): void {
    for (let next = this.#fold.next; next !== null; next = this.#fold.next) {
      const { chunk, stepIndex } = next;
      if (!this.ledger.has(stepIndex, chunk.bucket) || !this.#fold.ready) return;
      this.#fold.fold(this.wires.sumAddress(chunk));
      this.wires.summed(chunk);
      for (const { rank } of this.#peers)
        this.send(this.#outgoing(rank), this.#sumHead(chunk, stepIndex), this.wires.sum(chunk));
    }
  }

  protected override isReduced(bucket: number, stepIndex: number): boolean {
    return (
      this.#fold.folded >= this.#rangeOf(this.#owned, bucket, stepIndex).to &&
      this.#peers.every(({ ag, owned }) => ag.complete >= this.#rangeOf(owned, bucket, stepIndex).to)
    );
  }

  protected override hasAll(rank: number, steps: number): boolean {
    const { ag, owned } = this.#peer(rank);
    return (
      ag.complete >= steps * owned.chunks.length && this.#fold.completeOf(rank) >= steps * this.#owned.chunks.length
    );
  }

  protected override releaseMemory(): void {
    this.#fold.release();
  }

  #placeSum({ ag }: Peer, head: ChunkHead): Placement {
    ag.expect(head);
    const { chunk, stepIndex } = ag.at(ag.nextChunk);
    if (!this.ledger.has(stepIndex, chunk.bucket)) return 'wait';
    return this.wires.sum(chunk);
  }

  #sumArrived({ ag }: Peer): void {
    this.wires.summed(ag.at(ag.nextChunk).chunk);
    ag.advance();
  }

  #sumHead(chunk: Chunk, stepIndex: number): ChunkHead {
    const { generation, firstStep, rank } = this.group;
    return {
      generation,
      step: firstStep + stepIndex,
      phase: 'ag',
      bucket: chunk.bucket,
      contribution: 0,
      owner: rank,
      chunk: chunk.index,
      bytes: chunk.bytes,
    };
  }

  /** Which chunks of an owner, counted over all steps, make up a bucket of a step. */
  #rangeOf({ chunks, ends }: OwnedChunks, bucket: number, stepIndex: number): { from: number; to: number } {
    const before = stepIndex * chunks.length;
    return { from: before + (bucket === 0 ? 0 : ends[bucket - 1]!), to: before + ends[bucket]! };
  }

  #outgoing(rank: number): ChunkLink {
    return this.#links.get(rank)!.outgoing;
  }

  #peer(rank: number): Peer {
    const peer = this.#peers.find((other) => other.rank === rank);
    if (peer === undefined) throw new RangeError(`rank ${rank} is no peer of rank ${this.group.rank}`);
    return peer;
  }
}
