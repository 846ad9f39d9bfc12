import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { crc32 } from 'node:zlib';
import type { WebSocket } from 'ws';
import { closedByPeer, describeClosed } from '../shared/link/channel.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { answerPings } from '../shared/link/pings.ts';
import { unmapped } from '../shared/link/unmapped.ts';
import {
  ATTACH,
  CHUNK_HEAD_BYTES,
  type ChunkHead,
  decodeChunkHead,
  describeChunk,
  encodeChunkHead,
} from '../shared/protocol/chunk.ts';
import { CLOSE_CODES, type CloseName, closeReason } from '../shared/protocol/close-codes.ts';
import { LIMITS } from '../shared/protocol/limits.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { ChunkLink, ChunkSink, Placement } from './chunk-link.ts';
import { checkChunkBytes, type FrameReader } from './frame-reader.ts';

const FIRST = { binary: true, compress: false, fin: false };
const LAST = { binary: true, compress: false, fin: true };
/** A peer whose machine is gone is noticed by the kernel after this and its probes. */
const KEEP_ALIVE_MS = 10_000;

export interface SocketLinkOptions {
  /** Paused. */
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly sink: ChunkSink;
  /** Bytes of the largest chunk that can be due. */
  readonly maxData: number;
  /** Where the socket reads through one: it takes out the chunks, and only the rest reaches `ws`. */
  readonly reader: FrameReader | null;
  /** Whether chunks are sent with a CRC; where it is not said, wherever bits may turn over on the way. */
  readonly checked?: boolean;
}

/** Chunks over an open WebSocket. */
export class SocketLink implements ChunkLink {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #sink: ChunkSink;
  readonly #maxData: number;
  readonly #reader: FrameReader | null;
  readonly #checked: boolean;
  /** Where the chunk lies that is coming, or came last. */
  #place: Placement = 'drop';
  /** Messages that wait for a place. ws may hand out a few more after it was paused: what it had read already. */
  #held: Buffer[][] = [];
  /** Frames that ws has not written yet. Their data lies in memory of the caller. */
  #unsent = 0;
  /** No more chunks are taken, and nobody is told anything. */
  #ended = false;
  #closing = false;
  #trouble: Error | null = null;
  #cut: NodeJS.Timeout | undefined;
  readonly #beat: NodeJS.Timeout;

  constructor({ ws, socket, sink, maxData, reader, checked = isLine(socket) }: SocketLinkOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#sink = sink;
    this.#maxData = maxData;
    this.#reader = reader;
    this.#checked = checked;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    ws.binaryType = 'fragments';
    // A proxy in between ends what is silent for long, as a link is while all evaluate or wait.
    this.#beat = setInterval(() => {
      if (ws.readyState === ws.OPEN && ws.bufferedAmount === 0) ws.ping();
    }, LIMITS.pingIntervalMs).unref();
    answerPings(ws, () => {
      this.violated(new ProtocolError('refused', 'More pings than anybody needs.'));
      ws.terminate();
    });
    ws.on('message', (data, isBinary) => this.#message(data as Buffer[], isBinary));
    ws.on('error', (error) => {
      this.#trouble = error;
    });
    ws.on('close', (code, reason) => this.#gone(code, reason.toString('utf8')));
  }

  /** The side that dialled: frames begin with the next byte. */
  attach(): void {
    this.#reader?.start();
    this.#ws.send(ATTACH, { binary: true });
    this.#ws.resume();
  }

  /** The side that was dialled, after `ATTACH` came. */
  start(): void {
    this.#ws.resume();
  }

  /** For the reader. */
  place(head: ChunkHead): Placement {
    this.#place = this.#ended ? 'drop' : this.#sink.place(head);
    return this.#place;
  }

  /** For the reader. */
  arrived(head: ChunkHead): void {
    if (this.#ended) return;
    const place = this.#place;
    this.#place = 'drop';
    // What lies in its place is of no use to anybody: without it, the step is dropped.
    if (head.crc !== undefined && typeof place !== 'string' && crc32(place) !== head.crc) {
      return this.violated(new ProtocolError('malformed', `Bits turned over on the way, in ${describeChunk(head)}.`));
    }
    this.#sink.arrived(head);
  }

  /** The peer broke the protocol: tells it so, and our side that it is lost. */
  violated(error: ProtocolError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#endWith(error.close, error.message);
    this.#sink.lost(`it broke the protocol: ${error.message}`, false);
  }

  send(head: ChunkHead, data: Uint8Array, sent: () => void): void {
    if (this.#ended) return;
    this.#unsent++;
    this.#socket.cork();
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#ws.send(encodeChunkHead(this.#checked ? { ...head, crc: crc32(bytes) } : head), FIRST);
    this.#ws.send(bytes, LAST, (error) => {
      this.#unsent--;
      if (!error && !this.#ended) sent();
    });
    this.#socket.uncork();
  }

  resume(): void {
    if (this.#ended) return;
    if (this.#reader !== null && !this.#reader.resume()) return;
    this.#takeHeld();
  }

  freeze(): void {
    this.#ended = true;
    this.#place = 'drop';
    this.#ws.pause();
    this.#reader?.forget();
    // ws and the kernel would go on reading the caller's memory; there is no other way to take frames back.
    if (this.#unsent > 0) this.#ws.terminate();
  }

  close(name: CloseName): void {
    if (this.#closing) return;
    this.#ended = true;
    // Memory of the caller is named for the next read, or being sent from: no polite goodbye may touch it.
    if (this.#reader?.placing === true || this.#unsent > 0) this.#ws.terminate();
    else this.#endWith(name, '');
  }

  #endWith(name: CloseName, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#held = [];
    this.#ws.close(CLOSE_CODES[name], closeReason(reason));
    // Reads on, for the peer's close frame; chunks are dropped, also one whose beginning lies in its place already: that may
    // belong to the next generation by now.
    this.#reader?.forget();
    this.#ws.resume();
    this.#cut = setTimeout(() => this.#ws.terminate(), LIMITS.closingMs);
    this.#cut.unref();
  }

  #gone(code: number, reason: string): void {
    clearTimeout(this.#cut);
    clearInterval(this.#beat);
    if (this.#ended) return;
    this.#ended = true;
    const closed = closedByPeer(code, reason);
    const peaceful = closed.name === 'done' || closed.name === 'generationEnded';
    this.#sink.lost(this.#trouble?.message ?? describeClosed(closed), peaceful);
  }

  #message(parts: Buffer[], isBinary: boolean): void {
    if (this.#ended) return;
    if (!isBinary) return this.violated(new ProtocolError('notBinary', 'Every message is a binary frame.'));
    this.#held.push(parts);
    if (this.#held.length === 1) this.#takeHeld();
  }

  #takeHeld(): void {
    try {
      while (this.#held.length > 0) {
        if (!this.#take(this.#held[0]!)) return this.#ws.pause();
        this.#held.shift();
      }
      if (!this.#ended) this.#ws.resume();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.violated(error);
    }
  }

  /** A whole message that came the ordinary way. False: it must wait. */
  #take(parts: Buffer[]): boolean {
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    // An empty message has no parts at all.
    const message = parts[0] !== undefined && parts[0].length >= CHUNK_HEAD_BYTES ? parts : [Buffer.concat(parts)];
    const head = decodeChunkHead(message[0]!);
    checkChunkBytes(head, bytes - CHUNK_HEAD_BYTES, this.#maxData);
    const placement = this.place(head);
    if (placement === 'wait') return false;
    if (placement === 'drop') return true;
    let at = 0;
    for (const [index, part] of message.entries()) {
      const data = index === 0 ? part.subarray(CHUNK_HEAD_BYTES) : part;
      placement.set(data, at);
      at += data.length;
    }
    this.arrived(head);
    return true;
  }
}

/** TCP finds all but one in 65,536 of what goes wrong on a line, and nothing of what goes wrong in the machines on it. TLS finds all of it. */
function isLine(socket: Socket): boolean {
  return !(socket instanceof TLSSocket) && !isLoopback(unmapped(socket.remoteAddress ?? ''));
}
