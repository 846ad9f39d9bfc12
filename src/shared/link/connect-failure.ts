import { EXIT, GradsocketError } from '../errors.ts';
import { visible } from '../visible.ts';
import { SUBPROTOCOL } from '../protocol/shared.ts';
import { pinText } from './fingerprint.ts';
import type { WrongCertificate } from './pinned-connection.ts';
import { PROTOCOL_HEADER } from './refusal.ts';

/** `who` is the peer as part of a sentence, `url` where it was looked for. */
export interface Dialled {
  readonly who: string;
  readonly url: string;
}

function tryAgain(dialled: Dialled, why: string, cause?: unknown): GradsocketError {
  const message = `Cannot reach ${dialled.who} at ${dialled.url}: ${why}.`;
  return new GradsocketError('UNREACHABLE', EXIT.tryAgain, message, { cause });
}

function notGradsocket({ who, url }: Dialled, what: string, cause?: unknown): GradsocketError {
  const message = `What answers at ${url} is not ${who} of gradsocket (${what}): check host and port.`;
  return new GradsocketError('NOT_GRADSOCKET', EXIT.configuration, message, { cause });
}

function untrusted(dialled: Dialled, why: string, cause: unknown): GradsocketError {
  return notTrusted(
    dialled,
    `${why}. Give its fingerprint with --tls-pin, as the coordinator prints it, or its file, or that of the authority that signed it, with --tls-ca`,
    cause,
  );
}

/** By dates, which no --tls-ca mends. Clocks of machines that have just begun, or have no battery, may be years away. */
function outOfTime(dialled: Dialled, when: 'has expired' | 'is not valid yet', cause: unknown): GradsocketError {
  const now = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return notTrusted(
    dialled,
    `it, or that of an authority behind it, ${when}, by the clock of this machine (${now} UTC). Set the clock, or renew the certificate; --tls-pin goes by no dates`,
    cause,
  );
}

function notTrusted({ who, url }: Dialled, why: string, cause: unknown): GradsocketError {
  const message = `The certificate of ${who} at ${url} is not trusted: ${why}.`;
  return new GradsocketError('TLS_UNTRUSTED', EXIT.configuration, message, { cause });
}

/** Whoever answers is not the one that the pin means. */
export function wrongPin({ who, url }: Dialled, pin: string, { shown }: WrongCertificate): GradsocketError {
  const message = `The certificate of ${who} at ${url} is ${pinText(shown)}, not ${pinText(pin)} as --tls-pin says: take the pin from what the coordinator prints; where it prints this one, somebody else answers there. Nothing was sent.`;
  return new GradsocketError('TLS_WRONG_PIN', EXIT.configuration, message);
}

export function unpinnable({ who, url }: Dialled): GradsocketError {
  const message = `--tls-pin wants TLS, and ${who} is looked for at ${url}: write wss://, or leave the pin out.`;
  return new GradsocketError('TLS_PIN_PLAIN', EXIT.usage, message);
}

function refusal(code: string, sentence: string): GradsocketError {
  return new GradsocketError(code, EXIT.configuration, sentence);
}

/** Bad gateway, unavailable, time-out of the gateway; too many requests. */
const PROXY_WAITS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The server answered the upgrade request with something else than a WebSocket. */
export function refusedBy(
  dialled: Dialled,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): GradsocketError {
  const { who, url } = dialled;
  const theirs = headers[PROTOCOL_HEADER];
  // A proxy in front of a coordinator that is starting, or away.
  if (typeof theirs !== 'string' && PROXY_WAITS.has(status)) {
    return tryAgain(dialled, `a proxy says that it does not answer (HTTP status ${status})`);
  }
  if (typeof theirs !== 'string') return notGradsocket(dialled, `HTTP status ${status}`);
  if (theirs !== SUBPROTOCOL) {
    return refusal(
      'PROTOCOL_VERSION',
      `${capital(who)} at ${url} speaks ${visible(theirs.slice(0, 40))}, this program ${SUBPROTOCOL}: install the same gradsocket on both.`,
    );
  }
  switch (status) {
    case 401:
      return refusal(
        'WRONG_TOKEN',
        `${capital(who)} at ${url} refuses the token: give the same --token (or GRADSOCKET_TOKEN) to both.`,
      );
    case 403:
      return refusal(
        'FORBIDDEN',
        `${capital(who)} at ${url} has no token, and without one it is not to be reached through a proxy: give both the same --token (or GRADSOCKET_TOKEN).`,
      );
    case 404:
      return refusal('NO_ENDPOINT', `${capital(who)} at ${url} has no such endpoint: it is another kind of server.`);
    case 503:
      return tryAgain(dialled, 'all its connections are taken');
    default:
      return refusal('REFUSED', `${capital(who)} at ${url} refuses the connection with HTTP status ${status}.`);
  }
}

/** The connection, or the handshake over it, failed. */
export function failedWith(dialled: Dialled, error: Error): GradsocketError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ECONNREFUSED':
      return tryAgain(
        dialled,
        `nothing listens there${triedAt(error, dialled.url)}${anyHostAdvice(dialled.url)}`,
        error,
      );
    case 'ENOTFOUND':
      return tryAgain(dialled, 'the name of the host is unknown', error);
    case 'EAI_AGAIN':
      return tryAgain(dialled, 'the name of the host cannot be looked up: no name server answers', error);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return tryAgain(dialled, `there is no route to it${triedAt(error, dialled.url)}`, error);
    case 'ETIMEDOUT':
      return tryAgain(dialled, `it does not answer${triedAt(error, dialled.url)}`, error);
    case 'ECONNRESET':
    case 'EPIPE':
      return tryAgain(dialled, 'it hung up during the handshake (if it uses TLS, write wss://)', error);
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return notGradsocket(dialled, 'it does not speak TLS; write ws:// if none is wanted', error);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return untrusted(dialled, issuedFor(error), error);
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return untrusted(dialled, 'it is self-signed', error);
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return untrusted(
        dialled,
        'its issuer is unknown, unless --tls-cert there lacks the authorities in between',
        error,
      );
    case 'CERT_HAS_EXPIRED':
      return outOfTime(dialled, 'has expired', error);
    case 'CERT_NOT_YET_VALID':
      return outOfTime(dialled, 'is not valid yet', error);
    default:
      break;
  }
  if (error.message.startsWith('Opening handshake has timed out')) {
    return tryAgain(dialled, 'it does not answer', error);
  }
  // The parser of Node (HPE_...) did not find HTTP, or ws found the answer to the upgrade wrong.
  if (code.startsWith('HPE_') || code === '') return notGradsocket(dialled, error.message, error);
  return tryAgain(dialled, error.message, error);
}

/** The addresses behind a name: it may be of another machine by now, or `localhost` of one family of addresses alone. */
function triedAt(error: Error, url: string): string {
  const errors: readonly Error[] = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const addresses = errors.flatMap((one) => ('address' in one && typeof one.address === 'string' ? [one.address] : []));
  const told = [...new Set(addresses)].filter((address) => !url.includes(address));
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

/** What a coordinator listens on to be reached by others is to a worker its own machine. */
function anyHostAdvice(url: string): string {
  const [, host] = /^\w+:\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/.exec(url) ?? [];
  return host === undefined ? '' : `, where ${host} is this machine: for another one write its address`;
}

/** Of Node's error about the names in a certificate. */
function issuedFor(error: Error): string {
  const { host = '', cert } = error as { readonly host?: string; readonly cert?: { readonly subjectaltname?: string } };
  const names = visible((cert?.subjectaltname ?? '').slice(0, 200));
  return names === ''
    ? 'it was issued for another name'
    : `it was issued for another name (${names}, not ${visible(host)})`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
