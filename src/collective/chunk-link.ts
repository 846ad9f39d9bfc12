import type { CloseName } from '../shared/protocol/close-codes.ts';
import type { ChunkHead } from '../shared/protocol/chunk.ts';

/**
 * What is done with the data of a chunk whose head has come: put at a place of exactly its size, kept waiting (the link
 * reads no further until it is resumed), or read and forgotten.
 */
export type Placement = Uint8Array | 'wait' | 'drop';

/** The receiving end: decides where chunks go. */
export interface ChunkSink {
  /**
   * Asked before a byte of the data is placed; after 'wait' again.
   *
   * @throws ProtocolError for a chunk that may not come now
   */
  place(head: ChunkHead): Placement;
  /** All data of the chunk is in its place. Chunks of a link come one after the other. */
  arrived(head: ChunkHead): void;
  /** The link has ended, and not by us. `peaceful`: the peer said that it is through. At most once. */
  lost(reason: string, peaceful: boolean): void;
}

/** One connection to a peer. */
export interface ChunkLink {
  /** `data` is sent as it is in memory then: it may not change until `sent`. Chunks go out in order. */
  send(head: ChunkHead, data: Uint8Array, sent: () => void): void;
  /** There may be a place now for the chunk that was kept waiting. */
  resume(): void;
  /** From now on no byte is placed, nor read from memory; nobody is told anything. Only `close` is left. */
  freeze(): void;
  close(name: CloseName): void;
}
