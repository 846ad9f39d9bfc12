import { CHUNK_HEAD_BYTES, type ChunkHead, decodeChunkHead } from '../shared/protocol/chunk.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { ChunkSink, Placement } from './chunk-link.ts';

/** What a peer sends for a chunk: a fragment with the head, then one with the data, neither masked. */
const FIRST_FRAGMENT = 0x02;
const LAST_FRAGMENT = 0x80;
const FRAGMENT_HEADER = 2;
const SCRATCH_BYTES = 65_536;
/** Header and head of the first fragment, and the longest header of the second. */
const LONGEST_HEAD = FRAGMENT_HEADER + CHUNK_HEAD_BYTES + 10;

export interface FrameReaderHandlers {
  readonly place: ChunkSink['place'];
  readonly arrived: ChunkSink['arrived'];
  /** Bytes that belong to no chunk, in order, whole frames in the end: for a WebSocket implementation. Copy them. */
  readonly other: (bytes: Uint8Array) => void;
  /** The chunk that is coming may not come; its data is read and forgotten. */
  readonly violated: (error: ProtocolError) => void;
}

/**
 * - `handshake`: everything is HTTP, until `start`
 * - `head`: collecting the start of a frame
 * - `other`: within a frame that is no chunk, `remaining` bytes of it are to come
 * - `data`: within the data of a chunk, `remaining` bytes of it are to come, for `place` (null: to be forgotten)
 * - `waiting`: a chunk's data has no place yet
 */
type State = 'handshake' | 'head' | 'other' | 'data' | 'waiting';

/**
 * Takes the chunks out of the bytes that a WebSocket server sends, and lets all else pass. It says into which memory
 * the next read should go, so that data lies where it belongs without ever being copied. Holds no socket.
 */
export class FrameReader {
  readonly #maxData: number;
  readonly #handlers: FrameReaderHandlers;
  readonly #scratch = new Uint8Array(SCRATCH_BYTES);
  readonly #head = new Uint8Array(LONGEST_HEAD);
  readonly #headView = new DataView(this.#head.buffer);
  #state: State = 'handshake';
  /** Bytes of `#head` that are there. */
  #have = 0;
  #remaining = 0;
  #place: Uint8Array | null = null;
  #chunk: ChunkHead | null = null;
  /** Within a fragmented message that is no chunk: what follows is no chunk either. */
  #fragmented = false;
  /** What was read past a head whose data had to wait. */
  #held: Uint8Array = new Uint8Array(0);
  /** The memory given out last is the place itself. */
  #direct = false;

  /** `maxData`: bytes of the largest chunk that can be due. */
  constructor(maxData: number, handlers: FrameReaderHandlers) {
    this.#maxData = maxData;
    this.#handlers = handlers;
  }

  /** The handshake is over: frames begin with the next byte. */
  start(): void {
    this.#state = 'head';
  }

  /** Whether memory that is not ours was given out to read into. */
  get placing(): boolean {
    return this.#direct;
  }

  /** Where the next bytes should be read to. It stays so until they are, whatever happens meanwhile. */
  target(): Uint8Array {
    this.#direct = this.#state === 'data' && this.#place !== null;
    if (this.#direct) return this.#place!.subarray(this.#place!.length - this.#remaining);
    switch (this.#state) {
      case 'handshake':
      case 'waiting':
        return this.#scratch;
      case 'head':
        // No more than a head, so that the data after it can be read to its place.
        return this.#scratch.subarray(0, LONGEST_HEAD - this.#have);
      case 'other':
      case 'data':
        return this.#scratch.subarray(0, Math.min(this.#remaining, SCRATCH_BYTES));
    }
  }

  /**
   * No memory but our own is written any more: what is still to come of a chunk is read and forgotten. Where `placing`, the
   * next read would be to its place nevertheless: there must be none.
   */
  forget(): void {
    if (this.#state === 'waiting') this.#state = 'data';
    this.#place = null;
    this.#chunk = null;
    const held = this.#held;
    this.#held = new Uint8Array(0);
    if (held.length > 0) this.feed(held);
  }

  /** `count` bytes have been read to `target()`. False: read no further until `resume` says so. */
  read(count: number): boolean {
    if (this.#direct) {
      this.#dataCame(count);
      return true;
    }
    return this.feed(this.#scratch.subarray(0, count));
  }

  /** Asks again for a place. True: reading may go on. */
  resume(): boolean {
    if (this.#state !== 'waiting') return true;
    this.#askForPlace(this.#chunk!);
    if (this.#isWaiting()) return false;
    const held = this.#held;
    this.#held = new Uint8Array(0);
    return this.feed(held);
  }

  /** Bytes that were not read to `target()`. As `read`. */
  feed(bytes: Uint8Array): boolean {
    let rest = bytes;
    while (rest.length > 0) {
      switch (this.#state) {
        case 'handshake':
          this.#handlers.other(rest);
          return true;
        case 'other': {
          const part = rest.subarray(0, this.#remaining);
          this.#handlers.other(part);
          rest = rest.subarray(part.length);
          this.#remaining -= part.length;
          if (this.#remaining === 0) this.#state = 'head';
          break;
        }
        case 'data': {
          const part = rest.subarray(0, this.#remaining);
          this.#place?.set(part, this.#place.length - this.#remaining);
          rest = rest.subarray(part.length);
          this.#dataCame(part.length);
          break;
        }
        case 'head': {
          const part = rest.subarray(0, this.#headBytes() - this.#have);
          this.#head.set(part, this.#have);
          this.#have += part.length;
          rest = rest.subarray(part.length);
          if (this.#have === this.#headBytes()) this.#headCame();
          break;
        }
        case 'waiting':
          this.#held = concat(this.#held, rest);
          return false;
      }
    }
    return !this.#isWaiting();
  }

  #isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  #startsChunk(): boolean {
    return !this.#fragmented && this.#head[0] === FIRST_FRAGMENT && this.#head[1] === CHUNK_HEAD_BYTES;
  }

  #endsChunk(): boolean {
    const second = FRAGMENT_HEADER + CHUNK_HEAD_BYTES;
    return this.#head[second] === LAST_FRAGMENT && this.#head[second + 1]! < 0x80;
  }

  /** How many bytes the head has, as far as those that are there tell. */
  #headBytes(): number {
    if (this.#have < FRAGMENT_HEADER) return FRAGMENT_HEADER;
    if (!this.#startsChunk()) return headerBytes(this.#head[1]!);
    const second = FRAGMENT_HEADER + CHUNK_HEAD_BYTES;
    if (this.#have < second + FRAGMENT_HEADER || !this.#endsChunk()) return second + FRAGMENT_HEADER;
    return second + headerBytes(this.#head[second + 1]!);
  }

  #headCame(): void {
    if (!this.#startsChunk()) return this.#otherCame();
    const second = FRAGMENT_HEADER + CHUNK_HEAD_BYTES;
    if (!this.#endsChunk()) {
      // Valid WebSocket it may be (say a ping in between), so it goes the ordinary way, as does the rest of the message.
      this.#fragmented = true;
      this.#handlers.other(this.#head.slice(0, second));
      const rest = this.#head.slice(second, this.#have);
      this.#have = 0;
      this.feed(rest);
      return;
    }
    this.#have = 0;
    this.#remaining = payloadBytes(this.#headView, second);
    this.#place = null;
    this.#chunk = null;
    this.#state = 'data';
    try {
      const chunk = decodeChunkHead(this.#head.subarray(FRAGMENT_HEADER));
      checkChunkBytes(chunk, this.#remaining, this.#maxData);
      this.#askForPlace(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#state = 'data';
      this.#handlers.violated(error);
    }
    if (this.#state === 'data' && this.#remaining === 0) this.#dataCame(0);
  }

  /** The header of a frame that is no chunk. */
  #otherCame(): void {
    const header = this.#head.slice(0, this.#have);
    const isData = (header[0]! & 0x0f) <= 2;
    if (isData) this.#fragmented = (header[0]! & LAST_FRAGMENT) === 0;
    this.#remaining = payloadBytes(this.#headView, 0);
    this.#have = 0;
    this.#state = this.#remaining === 0 ? 'head' : 'other';
    this.#handlers.other(header);
  }

  #askForPlace(chunk: ChunkHead): void {
    const placement: Placement = this.#handlers.place(chunk);
    if (placement === 'wait') {
      this.#chunk = chunk;
      this.#state = 'waiting';
      return;
    }
    this.#state = 'data';
    if (placement === 'drop') {
      this.#chunk = null;
      this.#place = null;
    } else {
      if (placement.length !== chunk.bytes) throw new Error(`${placement.length} bytes of place for ${chunk.bytes}`);
      this.#chunk = chunk;
      this.#place = placement;
    }
  }

  #dataCame(count: number): void {
    this.#remaining -= count;
    if (this.#remaining > 0) return;
    const chunk = this.#chunk;
    this.#state = 'head';
    this.#place = null;
    this.#chunk = null;
    if (chunk !== null) this.#handlers.arrived(chunk);
  }
}

/** The frame's own length, the head's and what can be due must agree. @throws ProtocolError */
export function checkChunkBytes(chunk: ChunkHead, bytes: number, maxData: number): void {
  if (chunk.bytes !== bytes) {
    throw new ProtocolError('malformed', `The chunk announces ${chunk.bytes} bytes, its frame has ${bytes}.`);
  }
  if (bytes > maxData)
    throw new ProtocolError('frameTooLarge', `A chunk has up to ${maxData} bytes, this one ${bytes}.`);
}

/** Bytes of a WebSocket frame's header whose second byte is `second`. */
function headerBytes(second: number): number {
  const length = second & 0x7f;
  const mask = second >= 0x80 ? 4 : 0;
  return FRAGMENT_HEADER + mask + (length === 127 ? 8 : length === 126 ? 2 : 0);
}

/** Length of the payload that the header at `at` announces. */
function payloadBytes(view: DataView, at: number): number {
  const length = view.getUint8(at + 1) & 0x7f;
  if (length === 126) return view.getUint16(at + 2);
  if (length === 127) return Number(view.getBigUint64(at + 2));
  return length;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
