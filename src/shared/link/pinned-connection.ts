import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { fingerprintOf } from './fingerprint.ts';
import { NEXT_ADDRESS } from './next-address.ts';

export interface PinnedConnectionOptions {
  readonly target: URL;
  /** sha256 in lower-case hex. */
  readonly pin: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** It showed another certificate. */
export class WrongCertificate extends Error {
  readonly shown: string;

  constructor(shown: string) {
    super('the certificate is another one than was pinned');
    this.shown = shown;
  }
}

/**
 * A TLS connection to whoever has the key of the pinned certificate. Nothing has been said over it: what is secret goes only where
 * the pin holds. Name, dates and issuer of the certificate are of no matter, as the pin says which one is meant.
 *
 * @throws WrongCertificate, or the system's error
 */
export async function pinnedConnection({
  target,
  pin,
  timeoutMs,
  signal,
}: PinnedConnectionOptions): Promise<TLSSocket> {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    ...NEXT_ADDRESS,
    host,
    port: Number(target.port === '' ? 443 : target.port),
    servername: isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  let giveUp = (): void => undefined;
  const timer = setTimeout(() => socket.destroy(timedOut()), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      giveUp = () => reject(signal!.reason as Error);
      signal?.addEventListener('abort', giveUp, { once: true });
      // Stays: it may break before whoever gets it listens, who then finds it closed.
      socket.on('error', reject);
      socket.once('close', () => reject(hungUp()));
      socket.once('secureConnect', resolve);
    });
    const certificate = socket.getPeerX509Certificate();
    const shown = certificate === undefined ? '' : fingerprintOf(certificate);
    if (shown !== pin) throw new WrongCertificate(shown);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

function timedOut(): Error {
  return Object.assign(new Error('the handshake took too long'), { code: 'ETIMEDOUT' });
}

function hungUp(): Error {
  return Object.assign(new Error('it hung up during the handshake'), { code: 'ECONNRESET' });
}
