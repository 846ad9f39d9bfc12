import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { coordinatorCodec } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import { SUBPROTOCOL } from '../protocol/shared.ts';
import { type CoordinatorChannel, isPeaceful } from './channel.ts';
import { bearerOf, checkToken, isProxied, secretCheck } from './credential.ts';
import { ENDPOINTS, type EndpointName } from './endpoints.ts';
import { listenFailure, tlsFailure } from './listen-failure.ts';
import { Offenders } from './offenders.ts';
import { mostOpenFiles } from './open-files.ts';
import { Answers, PROTOCOL_HEADER, type RefusalName, refuseUpgrade, type TurnedAway } from './refusal.ts';
import { SocketChannel, type SocketChannelOptions } from './socket-channel.ts';
import { Strangers } from './strangers.ts';
import { Traffic } from './traffic.ts';

export interface LinkServerOptions {
  /** port 0: any free one */
  readonly listen: { readonly host: string; readonly port: number };
  /** PEM texts */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Plain HTTP requests; by default all are 404. */
  readonly onRequest?: RequestListener;
  /** Counts whoever was turned away or disconnected for what it did. */
  readonly onTurnedAway?: (why: TurnedAway, remote: string) => void;
  readonly maxConnections?: number;
  /** For tests; the protocol's by default. */
  readonly maxStrangers?: { readonly all: number; readonly ofOneAddress: number };
  readonly handshakeMs?: number;
  /** For tests; the protocol's by default. */
  readonly liveness?: Pick<SocketChannelOptions, 'pingIntervalMs' | 'silenceMs'>;
}

interface Route {
  readonly maxPayload: number;
  readonly admit: (credential: string | null, request: IncomingMessage) => RefusalName | null;
  readonly onOpen: (ws: WebSocket, socket: Socket, request: IncomingMessage) => void;
}

function notFound(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', [PROTOCOL_HEADER]: SUBPROTOCOL });
  response.end('Not found\n');
}

/** An HTTP server that turns upgrade requests into channels and sockets, and lets nobody else near them. */
export class LinkServer {
  readonly host: string;
  readonly port: number;
  /** `ws://host:port` or `wss://...` */
  readonly url: string;
  readonly #options: LinkServerOptions;
  readonly #server: Server;
  readonly #routes = new Map<string, Route>();
  readonly #sockets = new Set<WebSocket>();
  readonly #traffic = new Traffic();
  readonly #strangers: Strangers<Socket>;
  readonly #offenders = new Offenders();
  readonly #answers = new Answers();
  /** Those who may come in, and wait for it. */
  readonly #waiting = new Set<Socket>();
  /** Whose request is being answered, by `address:port`, the oldest first. */
  readonly #visitors = new Map<string, Socket>();
  #closing = false;

  private constructor(server: Server, options: LinkServerOptions) {
    const { host } = options.listen;
    this.#server = server;
    this.#options = options;
    this.#strangers = new Strangers(strangersOf(options));
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
    const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    this.url = `${options.tls === undefined ? 'ws' : 'wss'}://${name}:${this.port}`;
    server.on('connection', (socket: Socket) => this.#came(socket));
    server.on('request', (request, response) => this.#visited(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    // A failed TLS handshake comes as a clientError, too.
    server.on('clientError', (_, socket) => this.#noise(socket as Socket));
    server.on('drop', (data) =>
      this.#turnAway('overloaded', `${data?.remoteAddress ?? 'unknown'}:${data?.remotePort ?? 0}`),
    );
  }

  /** @throws GradsocketError where the address cannot be had or the certificate is bad */
  static async listen(options: LinkServerOptions): Promise<LinkServer> {
    const handshakeMs = options.handshakeMs ?? LIMITS.handshakeMs;
    const http = {
      // Whoever opens a connection and says nothing, or says it a byte at a time, is cut off.
      headersTimeout: handshakeMs,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.ceil(handshakeMs / 4),
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    };
    let server: Server;
    try {
      server =
        options.tls === undefined
          ? createServer(http)
          : createTlsServer({ ...http, ...options.tls, handshakeTimeout: handshakeMs, minVersion: 'TLSv1.2' });
    } catch (error) {
      throw tlsFailure(error);
    }
    // Never reached, unless the other limits fail: who is in does not take the place of who comes, nor the other way round.
    server.maxConnections =
      (options.maxConnections ?? LIMITS.connections) + strangersOf(options).all + 2 * LIMITS.visitors;
    server.maxRequestsPerSocket = 1_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenFailure(options.listen, error)));
      server.listen({ host: options.listen.host.replace(/^\[|\]$/g, ''), port: options.listen.port }, resolve);
    });
    server.removeAllListeners('error');
    return new LinkServer(server, options);
  }

  /**
   * Serves the control or data endpoint to workers that show the token. `onChannel` calls `start` on what it gets.
   *
   * @throws GradsocketError where there is no token although others reach the address
   */
  acceptChannels(endpoint: EndpointName, token: string | null, onChannel: (channel: CoordinatorChannel) => void): void {
    checkToken(token, this.host);
    const { path, toCoordinatorBytes, first, sendHigh } = ENDPOINTS[endpoint];
    const isToken = token === null ? null : secretCheck(token);
    this.#route(path, {
      maxPayload: toCoordinatorBytes,
      admit: (credential, request) => {
        if (isToken !== null) return credential !== null && isToken(credential) ? null : 'wrongToken';
        // Any web page that the user visits can send requests to this machine, but only with its origin on them, and a proxy here
        // those of anybody.
        return request.headers.origin === undefined && !isProxied(request.headers) ? null : 'foreignOrigin';
      },
      onOpen: (ws, socket) => {
        const channel = new SocketChannel(ws, socket, coordinatorCodec, {
          first,
          sendHigh,
          ...this.#options.liveness,
          onFlood: () => this.#offenders.flooded(channel.remote.slice(0, channel.remote.lastIndexOf(':'))),
          onEnd: (closed) => {
            if (closed.by === 'us' && closed.name !== null && !isPeaceful(closed.name)) {
              this.#turnAway(closed.name, channel.remote);
            }
          },
        });
        onChannel(channel);
      },
    });
  }

  /**
   * Hands out open WebSockets of `path` as they are, for layers that speak frames of their own, once `admit` has seen
   * the credential (compare it with `sameSecret`). They are paused: attach listeners, then `resume()`.
   */
  acceptSockets(
    path: string,
    options: {
      readonly maxPayload: number;
      readonly admit: (credential: string | null, request: IncomingMessage) => boolean;
      readonly onSocket: (ws: WebSocket, socket: Socket, request: IncomingMessage) => void;
    },
  ): void {
    this.#route(path, {
      maxPayload: options.maxPayload,
      admit: (credential, request) => (options.admit(credential, request) ? null : 'wrongToken'),
      onOpen: (ws, socket, request) => {
        ws.pause();
        options.onSocket(ws, socket, request);
      },
    });
  }

  /** What goes over its WebSockets, by the last word of their paths. */
  get traffic(): Traffic['seen'] {
    return this.#traffic.seen;
  }

  /** No more upgrades of `path`. Open sockets stay open. */
  remove(path: string): void {
    this.#routes.delete(path);
  }

  /** Counts a peer whom a layer above turned away (say a socket that broke the rules of the all-reduce). */
  turnedAway(why: TurnedAway, remote: string): void {
    this.#turnAway(why, remote);
  }

  /** Ends everything: tells all peers that we go, cuts off those who do not listen. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#routes.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const ws of this.#sockets) {
      ws.resume();
      ws.close(1001);
    }
    for (const socket of this.#waiting) socket.destroy();
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => {
      for (const ws of this.#sockets) ws.terminate();
      this.#server.closeAllConnections();
    }, LIMITS.closingMs);
    try {
      await closed;
    } finally {
      clearTimeout(cut);
    }
  }

  #route(path: string, route: Route): void {
    if (this.#routes.has(path)) throw new Error(`${path} is served already`);
    this.#routes.set(path, route);
  }

  #came(socket: Socket): void {
    // Kept for when the socket is gone, and no longer knows.
    const [address, remote] = [socket.remoteAddress ?? 'unknown', remoteOf(socket)];
    socket.once('close', () => {
      this.#strangers.remove(address, remote);
      this.#visitors.delete(remote);
    });
    this.#crowd(address, remote, socket);
  }

  #crowd(address: string, remote: string, socket: Socket): void {
    const gone = this.#strangers.add(address, remote, socket);
    if (gone !== null) this.#turnAway('crowdedOut', gone);
  }

  /** Plain HTTP. Whoever is being answered cannot be crowded out by those who only come, and may not take for ever to read. */
  #visited(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const [address, remote] = [socket.remoteAddress ?? 'unknown', remoteOf(socket)];
    this.#strangers.remove(address, remote);
    this.#visitors.delete(remote);
    this.#visitors.set(remote, socket);
    const [oldest] = this.#visitors;
    if (oldest !== undefined && this.#visitors.size > LIMITS.visitors) {
      this.#visitors.delete(oldest[0]);
      oldest[1].destroy();
      this.#turnAway('crowdedOut', oldest[0]);
    }
    const ms = this.#options.handshakeMs ?? LIMITS.handshakeMs;
    let written = socket.bytesWritten;
    // An answer may be large, as a checkpoint is: who reads at a fair pace reads to its end.
    const tooSlow = setInterval(() => {
      const pace = ((socket.bytesWritten - written) * 1000) / ms;
      written = socket.bytesWritten;
      if (pace < LIMITS.slowestReader) socket.destroy();
    }, ms);
    response.once('close', () => {
      clearInterval(tooSlow);
      // With several requests at once on one connection, the last one decides.
      if (this.#visitors.delete(remote) && !socket.destroyed) this.#crowd(address, remote, socket);
    });
    (this.#options.onRequest ?? notFound)(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => {}); // it may break while we answer; ws attaches its own listener later
    const refuse = (why: RefusalName) => {
      this.#turnAway(why, remoteOf(socket));
      if (this.#answers.take()) refuseUpgrade(socket, why);
      else socket.destroy();
    };
    const path = (request.url ?? '').split('?', 1)[0]!;
    const route = this.#routes.get(path);
    if (route === undefined) return refuse('noEndpoint');
    const refusal = route.admit(bearerOf(request.headers.authorization), request);
    if (refusal !== null) return refuse(refusal);
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) return refuse('wrongSubprotocol');
    const letIn = () => this.#letIn(path, route, request, socket, head, refuse);
    const waitMs = this.#offenders.waitMs(socket.remoteAddress ?? 'unknown');
    if (waitMs === 0) return letIn();
    // From here on nobody crowds it out: it has shown what it had to. Nothing is read from it meanwhile.
    if (this.#waiting.size >= LIMITS.offendersWaiting) return refuse('tooManyConnections');
    this.#strangers.remove(socket.remoteAddress ?? 'unknown', remoteOf(socket));
    this.#waiting.add(socket);
    const timer = setTimeout(() => {
      this.#waiting.delete(socket);
      if (!socket.destroyed && this.#routes.get(path) === route) letIn();
      else socket.destroy();
    }, waitMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
    });
  }

  #letIn(
    path: string,
    route: Route,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    refuse: (why: RefusalName) => void,
  ): void {
    if (this.#sockets.size >= (this.#options.maxConnections ?? LIMITS.connections)) return refuse('tooManyConnections');
    const upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false, // `answerPings`
      maxPayload: route.maxPayload,
      handleProtocols: () => SUBPROTOCOL,
    });
    upgrader.once('wsClientError', () => refuse('badUpgrade'));
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      this.#strangers.remove(socket.remoteAddress ?? 'unknown', remoteOf(socket));
      this.#sockets.add(ws);
      this.#traffic.add(path.slice(path.lastIndexOf('/') + 1), ws, socket);
      ws.once('close', () => this.#sockets.delete(ws));
      route.onOpen(ws, socket, request);
    });
  }

  /** What came is not HTTP, or came too slowly. */
  #noise(socket: Socket): void {
    this.#turnAway('badHttp', remoteOf(socket));
    if (!this.#answers.take()) return void socket.destroy();
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    socket.destroySoon();
  }

  #turnAway(why: TurnedAway, remote: string): void {
    this.#options.onTurnedAway?.(why, remote);
  }
}

function strangersOf({ maxStrangers }: LinkServerOptions): { readonly all: number; readonly ofOneAddress: number } {
  if (maxStrangers !== undefined) return maxStrangers;
  // The rest is for members, and for the files of the run.
  const all = Math.min(LIMITS.strangers, Math.floor(mostOpenFiles() / 4));
  return { all, ofOneAddress: Math.floor((all * LIMITS.strangersOfOneAddress) / LIMITS.strangers) };
}

function remoteOf(socket: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  return `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
}
