import type { Duplex } from 'node:stream';
import type { CloseName } from '../protocol/close-codes.ts';
import { LIMITS } from '../protocol/limits.ts';
import { SUBPROTOCOL } from '../protocol/shared.ts';

/** On every answer of a LinkServer to an upgrade that it refuses: tells a gradsocket from some other web server. */
export const PROTOCOL_HEADER = 'x-gradsocket-protocol';

/** Why an upgrade request is refused, before there is a WebSocket. */
export const REFUSALS = {
  /** The upgrade is not one to WebSocket 13, or its key is bad. */
  badUpgrade: { status: 400, text: 'Bad Request', sentence: 'This is not a WebSocket handshake that I can accept.' },
  /** The subprotocols on offer do not hold ours. */
  wrongSubprotocol: { status: 400, text: 'Bad Request', sentence: `I speak ${SUBPROTOCOL} only.` },
  /** No token or key, or a wrong one. */
  wrongToken: { status: 401, text: 'Unauthorized', sentence: 'The token is missing or wrong.' },
  /** A web page tries to use a server without a token behind its visitor's back, or a proxy lets others do so. */
  foreignOrigin: {
    status: 403,
    text: 'Forbidden',
    sentence: 'Web pages and proxies may not connect to a server without a token.',
  },
  /** No endpoint has this path. */
  noEndpoint: { status: 404, text: 'Not Found', sentence: 'There is no WebSocket endpoint here.' },
  /** As many connections as there may be are open. */
  tooManyConnections: { status: 503, text: 'Service Unavailable', sentence: 'Too many connections are open.' },
} as const;

export type RefusalName = keyof typeof REFUSALS;

/**
 * All the reasons for which a server turned somebody away; `badHttp`: not even HTTP came, or too slowly, `crowdedOut`: ended
 * before it had said what it wants, to make room, `overloaded`: dropped unheard. A small fixed set, fit for a metric's label.
 */
export type TurnedAway = RefusalName | CloseName | 'badHttp' | 'crowdedOut' | 'overloaded';

/**
 * Whether there is still an answer for one who is refused. In a storm of them most are cut off without a word: to write it, and to
 * wait until it is taken, costs as much as to read what they want.
 */
export class Answers {
  readonly #now: () => number;
  #since = Number.NEGATIVE_INFINITY;
  #given = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  take(): boolean {
    if (this.#now() - this.#since >= 1_000) {
      this.#since = this.#now();
      this.#given = 0;
    }
    this.#given++;
    return this.#given <= LIMITS.refusalsInSecond;
  }
}

export function refuseUpgrade(socket: Duplex, name: RefusalName): void {
  const { status, text, sentence } = REFUSALS[name];
  const body = `${sentence}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status} ${text}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `${PROTOCOL_HEADER}: ${SUBPROTOCOL}`,
      ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
      '',
      body,
    ].join('\r\n'),
  );
  // A peer that does not take the answer may not keep the socket.
  socket.once('finish', () => socket.destroy());
}
