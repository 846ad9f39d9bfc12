import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenFailure } from '../link/listen-failure.ts';
import { LIMITS } from '../protocol/limits.ts';
import { metricsRefusal } from './metrics-access.ts';
import type { Exposition } from './metric-set.ts';

export interface MetricsServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** For /metrics; null, left out: none is wanted. */
  readonly token?: string | null;
  readonly expose: () => Promise<Exposition>;
  /** Whether the process does what it is there for. */
  readonly ready: () => boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Scrapers and probes are few. */
const CONNECTIONS = 64;
const CLOSING_MS = 500;

/** /metrics, /healthz and /readyz on a port of their own, for Prometheus and probes; there is nothing else to see. */
export class MetricsServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, host: string) {
    this.#server = server;
    const name = host.includes(':') ? `[${host}]` : host;
    this.url = `http://${name}:${(server.address() as AddressInfo).port}`;
  }

  /** @throws GradsocketError where the address cannot be had */
  static async listen(options: MetricsServerOptions): Promise<MetricsServer> {
    const { handshakeMs } = LIMITS;
    const timeouts = { headersTimeout: handshakeMs, requestTimeout: handshakeMs, keepAliveTimeout: 5_000 };
    const server = createServer({ ...timeouts, connectionsCheckingInterval: handshakeMs / 4 }, (request, response) => {
      answerTo(request, options).then(
        (answer) => send(request, response, answer),
        () => send(request, response, { status: 500, body: 'The metrics cannot be read\n' }),
      );
    });
    server.maxConnections = CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenFailure(options.listen, error, '--metrics-listen')));
      server.listen(options.listen, resolve);
    });
    server.removeAllListeners('error');
    return new MetricsServer(server, options.listen.host);
  }

  /** Whoever is being answered is answered to the end. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => this.#server.closeAllConnections(), CLOSING_MS);
    await closed;
    clearTimeout(cut);
  }
}

async function answerTo(
  request: IncomingMessage,
  { listen: { host }, token = null, expose, ready }: MetricsServerOptions,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'Only GET and HEAD\n' };
  switch ((request.url ?? '').split('?', 1)[0]) {
    case '/metrics': {
      const refused = metricsRefusal(request.headers, { host, token });
      if (refused !== null) return refused;
      const { type, text } = await expose();
      return { status: 200, body: text, type };
    }
    case '/healthz':
      return { status: 200, body: 'ok\n' };
    case '/readyz':
      return ready() ? { status: 200, body: 'ready\n' } : { status: 503, body: 'not ready\n' };
    default:
      return { status: 404, body: 'Not found\n' };
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, type, headers }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': type ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
