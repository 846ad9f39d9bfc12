import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { closedByPeer, describeClosed } from '../shared/link/channel.ts';
import { answerPings } from '../shared/link/pings.ts';
import {
  ATTACH,
  CHUNK_HEAD_BYTES,
  type ChunkHead,
  decodeChunkHead,
  encodeChunkHead,
} from '../shared/protocol/chunk.ts';
import { CLOSE_CODES, type CloseName, closeReason } from '../shared/protocol/close-codes.ts';
import { LIMITS } from '../shared/protocol/limits.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { ChunkLink, ChunkSink } from './chunk-link.ts';
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
}

/** Chunks over an open WebSocket. */
export class SocketLink implements ChunkLink {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #sink: ChunkSink;
  readonly #maxData: number;
  readonly #reader: FrameReader | null;
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

  constructor({ ws, socket, sink, maxData, reader }: SocketLinkOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#sink = sink;
    this.#maxData = maxData;
    this.#reader = reader;
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
  place(head: ChunkHead): ReturnType<ChunkSink['place']> {
    return this.#ended ? 'drop' : this.#sink.place(head);
  }

  /** For the reader. */
  arrived(head: ChunkHead): void {
    if (!this.#ended) this.#sink.arrived(head);
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
    this.#ws.send(encodeChunkHead(head), FIRST);
    this.#ws.send(Buffer.from(data.buffer, data.byteOffset, data.byteLength), LAST, (error) => {
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
