import { scryptSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { asksForLoopback, bearerOf, isLoopback, isProxied, sameSecret } from '../../shared/link/credential.ts';

export interface AccessOptions {
  /** The address that the coordinator listens on. */
  readonly host: string;
  /** Lets workers in, and shows the run to people, too. Null: anybody on this machine may do both. */
  readonly token: string | null;
  /** Shows the run, and does no more; null: there is none, and on this machine none is wanted. */
  readonly viewToken: string | null;
}

/** To see the run; to save, pause and end it, and to take its weights along. */
const RIGHTS = ['look', 'steer'] as const;
export type Right = (typeof RIGHTS)[number];

const COOKIE = 'gradsocket-view';
/** What a form may have. */
const FORM_BYTES = 4096;

/** Who may look at the run, and who may tell it what to do. */
export class Access {
  readonly #options: AccessOptions;
  readonly #cookies = new Map<Right, string>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  mayLook(request: IncomingMessage): boolean {
    if (this.#isOpen(request)) return true;
    const bearer = bearerOf(request.headers.authorization);
    if (bearer !== null && this.isToken(bearer)) return true;
    return this.#hasCookie(request, RIGHTS);
  }

  /**
   * With the token of the run alone, which lets workers in, too: to look is less. Where there is none, whoever is on this machine can
   * join the run anyhow.
   */
  maySteer(request: IncomingMessage): boolean {
    const { token } = this.#options;
    if (token === null) return this.#isOpen(request);
    const bearer = bearerOf(request.headers.authorization);
    if (bearer !== null && sameSecret(bearer, token)) return true;
    return this.#hasCookie(request, ['steer']);
  }

  /** Of those that a person may type in. */
  isToken(given: string): boolean {
    return this.rightOf(given) !== null;
  }

  /** What a token lets its owner do; null: it is none. */
  rightOf(given: string): Right | null {
    const { token, viewToken } = this.#options;
    // Both are compared, whatever the first says.
    const [steers, looks] = [token, viewToken].map((secret) => secret !== null && sameSecret(given, secret));
    return steers ? 'steer' : looks ? 'look' : null;
  }

  /**
   * `name=value`, which says that its browser has shown a token. A browser keeps the cookies of a host, whatever its ports: those of several
   * runs have names of their own.
   */
  cookie(right: Right): string {
    const value = this.#cookie(right);
    return `${COOKIE}-${value.slice(0, 8)}=${value}`;
  }

  /** Not the token itself: it lies in a file of the browser. The same after a restart. */
  #cookie(right: Right): string {
    const { token, viewToken } = this.#options;
    const known = this.#cookies.get(right);
    if (known !== undefined) return known;
    const secret = right === 'steer' ? token : viewToken;
    const made = scryptSync(`${secret}`, `gradsocket ${right}`, 32).toString('hex');
    this.#cookies.set(right, made);
    return made;
  }

  #hasCookie(request: IncomingMessage, rights: readonly Right[]): boolean {
    const given = cookiesOf(request);
    return rights.some((right) => given.map((cookie) => this.#isCookie(cookie, right)).includes(true));
  }

  #isCookie(cookie: string, right: Right): boolean {
    const { token, viewToken } = this.#options;
    const there = (right === 'steer' ? token : viewToken) !== null;
    return there && sameSecret(cookie, this.#cookie(right));
  }

  /**
   * On this machine whoever can connect may look. A page elsewhere whose name was made to mean 127.0.0.1 asks with that name, and
   * a proxy for others.
   */
  #isOpen(request: IncomingMessage): boolean {
    const { host, token, viewToken } = this.#options;
    if (viewToken !== null) return false;
    if (!isLoopback(host)) return token === null;
    return asksForLoopback(request.headers) && !isProxied(request.headers);
  }
}

/** Whether a page of another origin asks. The browser says so itself, or else where the page is from: behind a proxy `Host` may be another. */
export function isForeign({ headers }: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site === 'same-origin') return false;
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== host;
  } catch {
    return true; // `null`, of a page without an origin
  }
}

/**
 * Whether the request comes from our own page, or from no page at all. A browser sends its cookie along whoever made it ask, so
 * where there is no token in a header it must say that it is ours.
 */
export function isOwn(request: IncomingMessage): boolean {
  const { authorization, origin, 'sec-fetch-site': site } = request.headers;
  if (isForeign(request)) return false;
  return bearerOf(authorization) !== null || origin !== undefined || site === 'same-origin';
}

/** The token that somebody typed into the form; null: there is none, or too much else. */
export async function typedToken(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Read to its end all the same: who still sends does not read the answer.
    if (bytes <= FORM_BYTES) parts.push(part);
  }
  if (bytes > FORM_BYTES) return null;
  return new URLSearchParams(Buffer.concat(parts).toString('utf8')).get('token')?.trim() ?? null;
}

/** Values of those that this program or another run of it has set. */
function cookiesOf({ headers }: IncomingMessage): readonly string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.flatMap(([name, value]) => (name?.startsWith(COOKIE) === true && value !== undefined ? [value] : []));
}
