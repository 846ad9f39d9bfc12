import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { EXIT, GradsocketError } from '../errors.ts';
import { CLOSE_CODES, type CloseName, closeReason } from '../protocol/close-codes.ts';
import type { Codec } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import { ProtocolError } from '../protocol/protocol-error.ts';
import { answerPings } from './pings.ts';
import { type Channel, type ChannelHandlers, type Closed, closedBy, closedByPeer } from './channel.ts';

export interface SocketChannelOptions {
  /** The first message has to come within this time and size; null: no such bound. */
  readonly first: { readonly withinMs: number; readonly bytes: number } | null;
  readonly pingIntervalMs?: number;
  readonly silenceMs?: number;
  /** Unsent bytes above which `drained` waits; as `sendBufferHigh` where not given. */
  readonly sendHigh?: number;
  /** Where the peer sends more pings than anybody needs; the channel ends for it. */
  readonly onFlood?: () => void;
  /** As soon as it is clear how the channel ends, also when nobody has started it. */
  readonly onEnd?: (closed: Closed) => void;
}

/** What ws found wrong with the peer's frames; it has closed the connection by itself when it tells. */
function offence(error: Error): CloseName {
  switch ((error as NodeJS.ErrnoException).code ?? '') {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return 'frameTooLarge';
    case 'WS_ERR_INVALID_UTF8':
      return 'notUtf8';
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 'refused';
    default:
      return 'notWebSocket';
  }
}

/** A channel over an open WebSocket. */
export class SocketChannel<Send, Receive> implements Channel<Send, Receive> {
  readonly remote: string;
  /** The address, without a port, at which the connection ends here; null: it is gone already. */
  readonly local: string | null;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #codec: Codec<Send, Receive>;
  readonly #options: SocketChannelOptions;
  #handlers: ChannelHandlers<Receive> | null = null;
  /** Why it ends, from the moment on at which that is clear: no message is delivered or sent any more. */
  #ending: Closed | null = null;
  /** The WebSocket is gone. */
  #ended = false;
  #firstCame = false;
  #silentTicks = 0;
  /** Messages that are not dealt with: nothing is read meanwhile. */
  #held = 0;
  #bytesHeard = 0;
  /** For how many ticks nothing was taken of what waits to be sent, and what had been taken by then. */
  #stuckTicks = 0;
  #bytesTaken = 0;
  #firstTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #waiters: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #probed = 0;
  /** End probes that wait for their answer: none will come. */
  readonly #probes = new Set<() => void>();
  readonly #onSent = () => this.#wakeWaiters();

  constructor(ws: WebSocket, socket: Socket, codec: Codec<Send, Receive>, options: SocketChannelOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#codec = codec;
    this.#options = options;
    this.local = socket.localAddress ?? null;
    this.remote = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    const { pingIntervalMs: intervalMs } = options;
    const onFlood = (): void => {
      options.onFlood?.();
      this.close('refused', `more than ${LIMITS.pingsInInterval} pings at a time`);
      ws.terminate();
    };
    answerPings(ws, onFlood, { intervalMs });
    ws.on('message', (data, isBinary) => this.#received(data, isBinary));
    ws.on('error', (error) => this.#errored(error));
    ws.on('close', (code, reason) => this.#gone(code, reason.toString('utf8')));
    ws.pause();
  }

  start(handlers: ChannelHandlers<Receive>): void {
    if (this.#handlers !== null) throw new Error('The channel was started before');
    this.#handlers = handlers;
    if (this.#ended) {
      // Not from inside the caller: it is still setting itself up.
      queueMicrotask(() => this.#tellClosed());
      return;
    }
    this.#startTimers();
    this.#ws.resume();
  }

  send(message: Send): void {
    if (this.#ending !== null || this.#ended) return;
    const parts = this.#codec.encodeParts(message);
    for (const [index, part] of parts.entries()) {
      this.#ws.send(part, { binary: true, fin: index === parts.length - 1 }, this.#onSent);
    }
    if (this.#ws.bufferedAmount > LIMITS.sendBufferMax) {
      this.close('slowReader', `${this.#ws.bufferedAmount} bytes wait for you to read them`);
      // A close frame would queue up behind what the peer does not read.
      this.#ws.terminate();
    }
  }

  drained(): Promise<void> {
    if (this.#ending !== null || this.#ended) return Promise.reject(this.#lost());
    if (this.#ws.bufferedAmount <= this.#sendHigh) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  get #sendHigh(): number {
    return this.#options.sendHigh ?? LIMITS.sendBufferHigh;
  }

  probe(withinMs: number): Promise<boolean> {
    if (this.#ending !== null || this.#ended) return Promise.resolve(false);
    const mark = Buffer.from(String(++this.#probed));
    const { bytesRead } = this.#socket;
    return new Promise((resolve) => {
      const settle = (answers: boolean): void => {
        clearTimeout(timer);
        this.#ws.off('pong', onPong);
        this.#probes.delete(end);
        resolve(answers);
      };
      // Of an earlier ping it may be: what hangs now may have sent that.
      const onPong = (data: Buffer): void => {
        if (data.equals(mark)) settle(true);
      };
      const end = (): void => settle(false);
      // The answer may wait behind a large frame on a slow line. Where we do not read, nobody is silent.
      const timer = setTimeout(() => settle(this.#held > 0 || this.#socket.bytesRead > bytesRead), withinMs);
      this.#probes.add(end);
      this.#ws.on('pong', onPong);
      this.#ws.ping(mark);
    });
  }

  close(name: CloseName, reason = ''): void {
    if (this.#ending !== null || this.#ended) return;
    this.#end(closedBy('us', name, reason));
    this.#ws.resume(); // so that a channel that was never started sees the peer's close frame
    this.#ws.close(CLOSE_CODES[name], closeReason(reason));
    this.#cutLater(this.#ws.bufferedAmount);
  }

  #startTimers(): void {
    const { first, pingIntervalMs = LIMITS.pingIntervalMs, silenceMs = LIMITS.silenceMs } = this.#options;
    this.#bytesHeard = this.#socket.bytesRead;
    this.#pingTimer = setInterval(() => {
      // Bytes, not messages: a large frame on a slow line is a sign of life, too, and so is the answer to our ping.
      const { bytesRead } = this.#socket;
      // Where we do not read, nobody is silent.
      this.#silentTicks = bytesRead === this.#bytesHeard && this.#held === 0 ? this.#silentTicks + 1 : 0;
      this.#bytesHeard = bytesRead;
      // In ticks, not by the clock: where this process itself stood still, the peer is not to blame.
      const silent = this.#silentTicks * pingIntervalMs;
      if (silent >= silenceMs) return this.#giveUp('unresponsive', `nothing heard for ${silent / 1000} s`);
      if (this.#isStuck(pingIntervalMs, silenceMs)) {
        return this.#giveUp('slowReader', `${this.#ws.bufferedAmount} bytes wait for you to read them`);
      }
      this.#ws.ping();
    }, pingIntervalMs);
    if (first !== null) {
      this.#firstTimer = setTimeout(
        () => this.close('helloTimeout', `no message within ${first.withinMs / 1000} s`),
        first.withinMs,
      );
    }
  }

  /** It may send, and not read what it gets: what waits for it would lie in our memory for as long. */
  #isStuck(tickMs: number, silenceMs: number): boolean {
    const unsent = this.#ws.bufferedAmount;
    const taken = this.#socket.bytesWritten - this.#socket.writableLength;
    this.#stuckTicks = unsent > 0 && taken === this.#bytesTaken ? this.#stuckTicks + 1 : 0;
    this.#bytesTaken = taken;
    return this.#stuckTicks * tickMs >= silenceMs + (1000 * unsent) / LIMITS.slowestReader;
  }

  #giveUp(name: CloseName, reason: string): void {
    this.close(name, reason);
    this.#ws.terminate();
  }

  /** A peer that does not answer our close frame is cut off, unless it is still reading what came before it. */
  #cutLater(unsent: number): void {
    this.#closeTimer = setTimeout(() => {
      if (this.#ws.bufferedAmount < unsent) this.#cutLater(this.#ws.bufferedAmount);
      else this.#ws.terminate();
    }, LIMITS.closingMs);
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#ending !== null) return;
    if (!isBinary) return this.close('notBinary', 'every message is a binary frame');
    const bytes = data as Buffer; // binaryType is ws's default, 'nodebuffer'
    const first = this.#firstCame ? null : this.#options.first;
    if (first !== null && bytes.length > first.bytes) {
      return this.close('frameTooLarge', `${bytes.length} bytes; the first message may have ${first.bytes}`);
    }
    try {
      const message = this.#codec.decode(bytes);
      this.#firstCame = true;
      clearTimeout(this.#firstTimer);
      const taken = this.#handlers?.onMessage(message);
      if (taken !== undefined) void this.#readOnAfter(taken);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.close, error.message);
    }
  }

  async #readOnAfter(taken: Promise<void>): Promise<void> {
    this.#held++;
    this.#ws.pause();
    await taken;
    this.#held--;
    if (this.#held === 0) this.#ws.resume();
  }

  #errored(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('WS_ERR_')) this.#end(closedBy('us', offence(error), error.message));
    else this.#end({ by: 'network', code: 1006, name: null, reason: error.message });
    this.#cutLater(this.#ws.bufferedAmount);
  }

  #gone(code: number, reason: string): void {
    this.#end(closedByPeer(code, reason));
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    this.#tellClosed();
  }

  /** Keeps the first reason, stops everything that waits. */
  #end(closed: Closed): void {
    if (this.#ending === null) {
      this.#ending = closed;
      this.#options.onEnd?.(closed);
    }
    clearInterval(this.#pingTimer);
    clearTimeout(this.#firstTimer);
    clearTimeout(this.#closeTimer);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(this.#lost());
    for (const end of this.#probes) end();
  }

  #tellClosed(): void {
    this.#handlers?.onClose(this.#ending!);
  }

  #wakeWaiters(): void {
    if (this.#waiters.length === 0 || this.#ws.bufferedAmount > this.#sendHigh / 2) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve } of waiters) resolve();
  }

  #lost(): GradsocketError {
    return new GradsocketError('CONNECTION_LOST', EXIT.tryAgain, `The connection to ${this.remote} is closed.`);
  }
}
