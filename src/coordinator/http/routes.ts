import { createReadStream } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Access, type AccessOptions, isForeign, isOwn, typedToken } from './access.ts';
import { type Answer, HTML, jsonAnswer, NOTHING, send, TEXT, textAnswer } from './answer.ts';
import { knownError } from '../../shared/known-error.ts';
import { metricsRefusal } from '../../shared/metrics/metrics-access.ts';
import type { Inspection } from '../../shared/protocol/inspection.ts';
import { looksAfter } from '../progress/inspections.ts';
import { loginPage } from './login-page.ts';
import { hashOf, pageAnswer } from './page.ts';

/** What a person may ask of a run by a button of the page. */
export const ORDERS = ['checkpoint', 'pause', 'resume', 'stop'] as const;
export type Order = (typeof ORDERS)[number];

/** As JSON can hold it; `state` stands for all of it where somebody asks for a word. */
interface Status {
  readonly state: string;
}

export interface RouteOptions extends AccessOptions {
  /** The coordinator serves https://. */
  readonly isTls: boolean;
  readonly status: () => Status | Promise<Status>;
  /** All that the page shows, as JSON can hold it, for one who may steer the run or not. */
  readonly view: (maySteer: boolean) => Promise<object>;
  /** A PNG file of a validation sample that is shown; null: there is none. Left out: of no sample. */
  readonly picture?: (sample: number) => Promise<Buffer | null>;
  /** The file of this name among the checkpoints; null: there is none. */
  readonly checkpoint: (name: string) => Promise<{ readonly path: string; readonly bytes: number } | null>;
  /** Does as it is told, or says why it cannot. Null: this run is over, or not ours. */
  readonly order: ((order: Order) => string | null) | null;
  /** What was seen inside the network so far, as inspect.jsonl has it. */
  readonly inspections: () => Promise<readonly Inspection[]> | readonly Inspection[];
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Wanted for them; null, left out: none is. */
  readonly metricsToken?: string | null;
  /** Whether workers can join or are training. */
  readonly ready: () => boolean;
  /** Somebody at that address showed a token that is none. */
  readonly onWrongToken: (remote: string) => void;
}

/** By path: the methods that it takes. */
const READ = ['GET', 'HEAD'];
const WRITE = ['POST'];
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/', READ],
  ['/api/run', READ],
  ['/api/view', READ],
  ['/api/inspect', READ],
  ['/metrics', READ],
  ['/healthz', READ],
  ['/readyz', READ],
  ['/login', WRITE],
  ...ORDERS.map((name) => [`/api/${name}`, WRITE] as const),
]);
/** The same for all that is below. */
const CHECKPOINTS = '/api/checkpoints/';
const SAMPLES = '/api/samples/';

const BROKEN = 'Something broke here.';

const LOGIN_STYLE = /<style>([^]*?)<\/style>/.exec(loginPage(false))?.[1] ?? '';
const LOGIN_POLICY = `${NOTHING}; form-action 'self'; style-src ${hashOf(LOGIN_STYLE)}; img-src data:`;

/**
 * Plain HTTP at the coordinator. Health needs no token, and metrics only where one was set for them, since probes and Prometheus seldom
 * have one and neither tells more than numbers and names of workers. The page and what it shows want a token where others reach the address: as
 * `Authorization: Bearer`, or from a browser typed into a form once. Only the token of the run itself lets anybody change it.
 */
export function routes(options: RouteOptions, access = new Access(options)): RequestListener {
  return (request, response) => {
    answer(request, options, access)
      .catch((error: unknown) => textAnswer(500, knownError(error)?.message ?? BROKEN))
      .then((given) => send(request, response, given))
      .catch(() => response.destroy());
  };
}

async function answer(request: IncomingMessage, options: RouteOptions, access: Access): Promise<Answer> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  const methods = [CHECKPOINTS, SAMPLES].some((folder) => path.startsWith(folder)) ? READ : METHODS.get(path);
  if (methods === undefined) return textAnswer(404, 'Not found');
  if (!methods.includes(request.method ?? '')) {
    return textAnswer(405, `Only ${methods.join(' and ')}`, { Allow: methods.join(', ') });
  }
  switch (path) {
    case '/healthz':
      return textAnswer(200, 'ok');
    case '/readyz':
      return options.ready()
        ? textAnswer(200, 'ready')
        : textAnswer(503, `not ready: ${(await options.status()).state}`);
    case '/metrics': {
      const refused = metricsRefusal(request.headers, { host: options.host, token: options.metricsToken ?? null });
      if (refused !== null) {
        if (request.headers.authorization !== undefined) options.onWrongToken(remoteOf(request));
        return { type: TEXT, ...refused };
      }
      const { type, text } = await options.metrics();
      return { status: 200, type, body: text };
    }
  }
  if (isForeign(request)) return textAnswer(403, 'Pages of other origins may not ask.');
  if (path === '/login') return login(request, options, access);
  if (!access.mayLook(request)) {
    const shown = request.headers.authorization !== undefined;
    if (shown) options.onWrongToken(remoteOf(request));
    return path === '/' ? form(false) : unauthorized();
  }
  if (path === '/') return pageAnswer(request);
  if (path === '/api/run') return jsonAnswer(await options.status());
  if (path === '/api/inspect') return inspect(request, options);
  if (path === '/api/view') return jsonAnswer(await options.view(access.maySteer(request)));
  if (path.startsWith(SAMPLES)) return picture(path.slice(SAMPLES.length), options);
  if (!access.maySteer(request)) {
    return textAnswer(403, 'This needs the token of the run (--token); the view token only shows it.');
  }
  if (path.startsWith(CHECKPOINTS)) return checkpoint(path.slice(CHECKPOINTS.length), options);
  return order(path.slice('/api/'.length) as Order, request, options);
}

function order(asked: Order, request: IncomingMessage, options: RouteOptions): Answer {
  if (!isOwn(request)) return textAnswer(403, 'Only the page of the run itself may ask that, or who shows the token.');
  if (options.order === null) return textAnswer(409, 'This run is over.');
  const refused = options.order(asked);
  return refused === null ? textAnswer(202, 'It will.') : textAnswer(409, refused);
}

/** `?after=STEP`: only what a page does not have yet, which asks every few seconds. */
async function inspect({ url = '' }: IncomingMessage, options: RouteOptions): Promise<Answer> {
  const [, step] = /[?&]after=(\d{1,15})$/.exec(url) ?? [];
  const all = await options.inspections();
  return jsonAnswer({ inspections: step === undefined ? all : looksAfter(Number(step), all) });
}

async function picture(name: string, options: RouteOptions): Promise<Answer> {
  const sample = /^\d{1,10}$/.test(name) ? Number(name) : null;
  const body = sample === null ? null : await (options.picture?.(sample) ?? null);
  if (body === null) return textAnswer(404, 'This sample is not shown.');
  return { status: 200, type: 'image/png', body, headers: { 'Cache-Control': 'private, max-age=3600' } };
}

async function checkpoint(name: string, options: RouteOptions): Promise<Answer> {
  const found = await options.checkpoint(name);
  if (found === null) return textAnswer(404, 'There is no such checkpoint.');
  const { path, bytes } = found;
  return {
    status: 200,
    type: 'application/octet-stream',
    // No more than it had when it was looked at, as the answer has said how long it is.
    body: { bytes, open: () => createReadStream(path, { end: Math.max(0, bytes - 1) }) },
    headers: { 'Content-Disposition': `attachment; filename="${name}"` },
  };
}

function unauthorized(): Answer {
  return textAnswer(401, 'Show a token: Authorization: Bearer TOKEN. A browser is asked for it at the address above.', {
    'WWW-Authenticate': 'Bearer',
  });
}

function form(wrong: boolean): Answer {
  const headers = { 'WWW-Authenticate': 'Bearer', 'Content-Security-Policy': LOGIN_POLICY };
  return { status: 401, type: HTML, body: loginPage(wrong), headers };
}

async function login(request: IncomingMessage, options: RouteOptions, access: Access): Promise<Answer> {
  const typed = await typedToken(request);
  const right = typed === null ? null : access.rightOf(typed);
  if (right === null) {
    options.onWrongToken(remoteOf(request));
    return form(true);
  }
  // No path: below the one of a proxy it is that one's.
  const cookie = `${access.cookie(right)}; HttpOnly; SameSite=Strict${options.isTls ? '; Secure' : ''}`;
  return {
    status: 303,
    type: 'text/plain; charset=utf-8',
    body: '',
    headers: { Location: './', 'Set-Cookie': cookie },
  };
}

function remoteOf({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
}
