import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PROTOCOL_HEADER } from '../../shared/link/refusal.ts';
import { SUBPROTOCOL } from '../../shared/protocol/shared.ts';
import { Access, COOKIE, isForeign, typedToken, type AccessOptions } from './access.ts';
import { loginPage } from './login-page.ts';
import type { RunStatus } from './status.ts';
import { STATUS_PAGE } from './status-page.ts';

export interface RouteOptions extends AccessOptions {
  /** The coordinator serves https://. */
  readonly isTls: boolean;
  readonly status: () => RunStatus;
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Whether workers can join or are training. */
  readonly ready: () => boolean;
  /** Somebody at that address showed a token that is none. */
  readonly onWrongToken: (remote: string) => void;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
/** By path: the methods that it takes. */
const READ = ['GET', 'HEAD'];
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/', READ],
  ['/api/run', READ],
  ['/metrics', READ],
  ['/healthz', READ],
  ['/readyz', READ],
  ['/login', ['POST']],
]);

/** Of the one inline script or style of a page: nothing else runs in it. */
function hashOf(page: string, tag: 'script' | 'style'): string {
  const content = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

const NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const PAGE_POLICY =
  `${NOTHING}; form-action 'none'; style-src ${hashOf(STATUS_PAGE, 'style')}; ` +
  `script-src ${hashOf(STATUS_PAGE, 'script')}; connect-src 'self'; img-src data:`;
const LOGIN_POLICY = `${NOTHING}; form-action 'self'; style-src ${hashOf(loginPage(false), 'style')}; img-src data:`;

/**
 * Plain HTTP at the coordinator; all of it only reads. Health and metrics need no token, since probes and Prometheus
 * seldom have one and neither tells more than numbers and names of workers. The page and /api/run show the job, so
 * where others reach the address they want a token: as `Authorization: Bearer`, or from a browser typed into a form once.
 */
export function routes(options: RouteOptions): RequestListener {
  const access = new Access(options);
  return (request, response) => {
    answer(request, options, access).then(
      (given) => send(request, response, given),
      () => send(request, response, { status: 500, type: TEXT, body: 'Something broke here.\n' }),
    );
  };
}

async function answer(request: IncomingMessage, options: RouteOptions, access: Access): Promise<Answer> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  const methods = METHODS.get(path);
  if (methods === undefined) return { status: 404, type: TEXT, body: 'Not found\n' };
  if (!methods.includes(request.method ?? '')) {
    return { status: 405, type: TEXT, body: `Only ${methods.join(' and ')}\n`, headers: { Allow: methods.join(', ') } };
  }
  switch (path) {
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
  if (isForeign(request)) return { status: 403, type: TEXT, body: 'Pages of other origins may not ask.\n' };
  if (path === '/login') return login(request, options, access);
  if (!access.mayLook(request)) {
    const shown = request.headers.authorization !== undefined;
    if (shown) options.onWrongToken(remoteOf(request));
    return path === '/' ? form(false) : unauthorized();
  }
  if (path === '/api/run') {
    return { status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(options.status())}\n` };
  }
  return { status: 200, type: HTML, body: STATUS_PAGE, headers: { 'Content-Security-Policy': PAGE_POLICY } };
}

function unauthorized(): Answer {
  return {
    status: 401,
    type: TEXT,
    body: 'Show a token: Authorization: Bearer TOKEN. A browser is asked for it at the address above.\n',
    headers: { 'WWW-Authenticate': 'Bearer' },
  };
}

function form(wrong: boolean): Answer {
  const headers = { 'WWW-Authenticate': 'Bearer', 'Content-Security-Policy': LOGIN_POLICY };
  return { status: 401, type: HTML, body: loginPage(wrong), headers };
}

async function login(request: IncomingMessage, options: RouteOptions, access: Access): Promise<Answer> {
  const typed = await typedToken(request);
  if (typed === null || !access.isToken(typed)) {
    options.onWrongToken(remoteOf(request));
    return form(true);
  }
  // No path: below the one of a proxy it is that one's.
  const cookie = `${COOKIE}=${access.cookie}; HttpOnly; SameSite=Strict${options.isTls ? '; Secure' : ''}`;
  return { status: 303, type: TEXT, body: '', headers: { Location: './', 'Set-Cookie': cookie } };
}

function remoteOf({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    'Content-Security-Policy': NOTHING,
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    [PROTOCOL_HEADER]: SUBPROTOCOL,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
