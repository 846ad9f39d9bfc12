import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bearerOf, isLoopback, sameSecret } from '../../shared/link/credential.ts';
import { PROTOCOL_HEADER } from '../../shared/link/refusal.ts';
import { SUBPROTOCOL } from '../../shared/protocol/shared.ts';
import type { RunStatus } from './status.ts';
import { STATUS_PAGE } from './status-page.ts';

export interface RouteOptions {
  /** The address that the coordinator listens on. */
  readonly host: string;
  readonly token: string | null;
  readonly status: () => RunStatus;
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Whether workers can join or are training. */
  readonly ready: () => boolean;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';
const PATHS = ['/', '/api/run', '/metrics', '/healthz', '/readyz'];

/**
 * Plain HTTP at the coordinator; all of it only reads. Health and metrics need no token, since probes and Prometheus
 * seldom have one and neither tells more than numbers and names of workers. The page and /api/run show the job, so
 * where others reach the address they want the token: as `Authorization: Bearer`, or `?token=` for a browser.
 */
export function routes(options: RouteOptions): RequestListener {
  return (request, response) => {
    answer(request, options).then(
      (given) => send(request, response, given),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        send(request, response, { status: 500, type: TEXT, body: `${message}\n` });
      },
    );
  };
}

async function answer(request: IncomingMessage, options: RouteOptions): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://coordinator');
  if (!PATHS.includes(url.pathname)) return { status: 404, type: TEXT, body: 'Not found\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, type: TEXT, body: 'Only GET and HEAD\n', headers: { Allow: 'GET, HEAD' } };
  }
  switch (url.pathname) {
    case '/healthz':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz':
      return options.ready()
        ? { status: 200, type: TEXT, body: 'ready\n' }
        : { status: 503, type: TEXT, body: `not ready: ${options.status().state}\n` };
    case '/metrics': {
      const { type, text } = await options.metrics();
      return { status: 200, type, body: text };
    }
  }
  if (!mayLook(request, url, options)) {
    return {
      status: 401,
      type: TEXT,
      body: 'Show the token: Authorization: Bearer TOKEN, or ?token=TOKEN\n',
      headers: { 'WWW-Authenticate': 'Bearer' },
    };
  }
  if (url.pathname === '/api/run') {
    return { status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(options.status())}\n` };
  }
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: STATUS_PAGE,
    headers: {
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:",
      'Referrer-Policy': 'no-referrer',
    },
  };
}

function mayLook(request: IncomingMessage, url: URL, { host, token }: RouteOptions): boolean {
  if (token === null || isLoopback(host)) return true;
  const shown = bearerOf(request.headers.authorization) ?? url.searchParams.get('token');
  return shown !== null && sameSecret(shown, token);
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    [PROTOCOL_HEADER]: SUBPROTOCOL,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
