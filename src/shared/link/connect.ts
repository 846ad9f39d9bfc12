import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { EXIT, GradsocketError } from '../errors.ts';
import { workerCodec } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import { SUBPROTOCOL } from '../protocol/shared.ts';
import type { ToCoordinator } from '../protocol/to-coordinator.ts';
import type { ToWorker } from '../protocol/to-worker.ts';
import { type Dialled, failedWith, refusedBy, unpinnable, wrongPin } from './connect-failure.ts';
import { checkToken } from './credential.ts';
import { ENDPOINTS, type EndpointName } from './endpoints.ts';
import { NEXT_ADDRESS } from './next-address.ts';
import { pinnedConnection, WrongCertificate } from './pinned-connection.ts';
import { authorities, type Trust, trusting } from './trust.ts';
import { SocketChannel, type SocketChannelOptions } from './socket-channel.ts';

export interface ConnectSocketOptions {
  /** `ws://host:port` or `wss://host:port`, behind a proxy with a path. */
  readonly url: string;
  readonly path: string;
  /** Token or key, shown as `Authorization: Bearer`. */
  readonly credential: string | null;
  /** Largest frame that may come, in bytes. */
  readonly maxPayload: number;
  /** The peer as part of a sentence: `the coordinator`, `worker 3 (node-b)`. */
  readonly who: string;
  /** At wss://; default: whom the system does. */
  readonly trust?: Trust | undefined;
  readonly handshakeMs?: number;
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Further options of ws: `createConnection`, ... */
  readonly ws?: ClientOptions;
}

/**
 * Masks keep pages in a browser from writing what proxies take for requests. Here are no pages, and a mask of zeros leaves all bytes as
 * they are: with others, both sides would go through each state that is uploaded, byte by byte.
 */
const maskOfZeros = (mask: Buffer): void => void mask.fill(0);

function endpointUrl(base: string, path: string): URL {
  let url: URL | null = null;
  try {
    url = new URL(base);
  } catch {
    // Told below.
  }
  const plain = url !== null && url.search === '' && url.hash === '';
  if (url === null || !plain || !/^wss?:$/.test(url.protocol) || url.username !== '' || url.hostname === '') {
    throw new GradsocketError(
      'BAD_URL',
      EXIT.usage,
      `'${base}' is no address: write ws://HOST:PORT or wss://HOST:PORT, with a path where a proxy wants one.`,
    );
  }
  // Below the path of a proxy that passes on what is behind it.
  return new URL(`${url.pathname.replace(/\/+$/, '')}${path}`, url);
}

/**
 * An open WebSocket to a LinkServer, for layers that speak frames of their own. Paused: attach listeners, then `resume()`.
 *
 * @throws GradsocketError: UNREACHABLE (75), WRONG_TOKEN, PROTOCOL_VERSION, NOT_GRADSOCKET, TLS_UNTRUSTED, TLS_WRONG_PIN, ... (78)
 */
export async function connectSocket(options: ConnectSocketOptions): Promise<{ ws: WebSocket; socket: Socket }> {
  const { credential, signal, trust = {}, handshakeMs = LIMITS.handshakeMs } = options;
  const target = endpointUrl(options.url, options.path);
  if (credential !== null) checkToken(credential, target.hostname);
  const ca = await authorities(trust);
  signal?.throwIfAborted();
  const dialled = { who: options.who, url: options.url };
  const pinned = trust.pin === undefined ? null : await showing(trust.pin, { target, dialled, handshakeMs, signal });
  const ws = new WebSocket(target, SUBPROTOCOL, {
    autoPong: false, // `answerPings`
    ...(NEXT_ADDRESS as object), // which the types of ws do not know
    generateMask: maskOfZeros,
    ...options.ws,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: options.maxPayload,
    handshakeTimeout: handshakeMs,
    // The types of ws have its check of names return a boolean, which Node's does not.
    ...(ca === undefined ? {} : (trusting(ca) as object)),
    ...(pinned === null ? {} : { createConnection: () => pinned }),
    headers: credential === null ? {} : { Authorization: `Bearer ${credential}` },
  });
  let socket: Socket | undefined;
  ws.once('upgrade', (response) => {
    socket = response.socket;
  });
  let onAbort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal!.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      ws.once('unexpected-response', (_, response: IncomingMessage) => {
        reject(refusedBy(dialled, response.statusCode ?? 0, response.headers));
      });
      ws.once('error', (error) => reject(failedWith(dialled, error)));
      ws.once('open', () => {
        // Before anything that came along with the handshake's answer is parsed.
        ws.pause();
        resolve();
      });
    });
  } catch (error) {
    ws.on('error', () => {}); // ends of the attempt that we give up
    ws.terminate();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    ws.removeAllListeners('unexpected-response');
    ws.removeAllListeners('open');
  }
  return { ws, socket: socket! };
}

/** A connection to who shows the certificate with this fingerprint: the token is sent over no other. */
async function showing(
  pin: string,
  {
    target,
    dialled,
    handshakeMs,
    signal,
  }: {
    readonly target: URL;
    readonly dialled: Dialled;
    readonly handshakeMs: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Socket> {
  if (target.protocol !== 'wss:') throw unpinnable(dialled);
  try {
    return await pinnedConnection({ target, pin, timeoutMs: handshakeMs, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof WrongCertificate ? wrongPin(dialled, pin, error) : failedWith(dialled, error as Error);
  }
}

export interface ConnectChannelOptions {
  readonly url: string;
  readonly endpoint: EndpointName;
  readonly token: string | null;
  readonly trust?: Trust | undefined;
  readonly handshakeMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** For tests; the protocol's by default. */
  readonly liveness?: Pick<SocketChannelOptions, 'pingIntervalMs' | 'silenceMs'>;
}

/** A worker's channel to the coordinator. Call `start` on it. @throws GradsocketError as `connectSocket` */
export async function connectChannel(options: ConnectChannelOptions): Promise<SocketChannel<ToCoordinator, ToWorker>> {
  const endpoint = ENDPOINTS[options.endpoint];
  const { ws, socket } = await connectSocket({
    url: options.url,
    path: endpoint.path,
    credential: options.token,
    maxPayload: endpoint.toWorkerBytes,
    who: 'the coordinator',
    trust: options.trust,
    signal: options.signal,
    ...(options.handshakeMs === undefined ? {} : { handshakeMs: options.handshakeMs }),
  });
  return new SocketChannel(ws, socket, workerCodec, { first: null, ...options.liveness });
}
