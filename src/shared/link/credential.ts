import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { EXIT, GradsocketError } from '../errors.ts';

/** The part after `Bearer`, or null. */
export function bearerOf(authorization: string | undefined): string | null {
  const match = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether something is the secret: compares without telling by its duration where the first difference is, or how long the secret. */
export function secretCheck(expected: string): (given: string) => boolean {
  const hashed = hash(expected);
  return (given) => timingSafeEqual(hash(given), hashed);
}

export function sameSecret(given: string, expected: string): boolean {
  return secretCheck(expected)(given);
}

/** A proxy says by these that it asks for somebody else, who need not be on this machine. */
const PROXIED = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'] as const;

export function isProxied(headers: IncomingHttpHeaders): boolean {
  return PROXIED.some((name) => headers[name] !== undefined);
}

/** Whether it was asked for by a name of this machine: a web page whose own name was made to mean 127.0.0.1 asks by that one. */
export function asksForLoopback({ host = '' }: IncomingHttpHeaders): boolean {
  return isLoopback(host.replace(/:\d+$/, ''));
}

/** Whether only processes of this machine reach a listener on `host`. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

/**
 * A token travels in a header, so it must be visible ASCII; on an address that others reach there must be one.
 *
 * @throws GradsocketError
 */
export function checkToken(token: string | null, host: string): void {
  if (token === null) {
    if (isLoopback(host)) return;
    throw new GradsocketError(
      'TOKEN_REQUIRED',
      EXIT.configuration,
      `Others can reach ${host}, so workers must show a token: set --token (or GRADSOCKET_TOKEN), the same at all, or listen on 127.0.0.1.`,
    );
  }
  if (!/^[\x21-\x7e]{1,1024}$/.test(token)) {
    throw new GradsocketError(
      'BAD_TOKEN',
      EXIT.configuration,
      'The token must have 1 to 1024 visible ASCII characters and no spaces: give another one with --token.',
    );
  }
}
