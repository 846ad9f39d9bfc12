import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { tlsFailure } from '../../shared/link/listen-failure.ts';
import type { KeyAndCertificate } from '../../shared/link/self-signed.ts';

interface TlsOptions {
  readonly tls?: 'auto' | null;
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
}

/** With what to serve wss://, from the files that the flags name; null: ws://. */
export async function serverTls({ tlsCert, tlsKey }: TlsOptions): Promise<KeyAndCertificate | null> {
  if (tlsCert === null && tlsKey === null) return null;
  if (tlsCert === null || tlsKey === null) {
    throw new GradsocketError('TLS_HALF', EXIT.usage, '--tls-cert and --tls-key go together: give both or none.');
  }
  const pair = { cert: await readPem('--tls-cert', tlsCert), key: await readPem('--tls-key', tlsKey) };
  if (!isPair(pair)) throw tlsFailure(`${tlsKey} is not the key of the first certificate in ${tlsCert}`);
  return pair;
}

/** A key of another kind than the certificate's is taken by TLS itself, which then has nothing to serve anybody with. */
function isPair({ cert, key }: KeyAndCertificate): boolean {
  let certificate: X509Certificate;
  let privateKey: ReturnType<typeof createPrivateKey>;
  try {
    certificate = new X509Certificate(cert);
    privateKey = createPrivateKey(key);
  } catch {
    // Whoever serves them says what cannot be read.
    return true;
  }
  return certificate.checkPrivateKey(privateKey);
}

/** The same at the coordinator, which can make one for its run. */
export async function coordinatorTls(options: TlsOptions): Promise<KeyAndCertificate | 'auto' | null> {
  const given = await serverTls(options);
  if (options.tls !== 'auto') return given;
  if (given === null) return 'auto';
  throw new GradsocketError(
    'TLS_TWICE',
    EXIT.usage,
    '--tls auto makes a certificate, and --tls-cert gives one: keep one of them.',
  );
}

export async function readPem(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GradsocketError('PEM_UNREADABLE', EXIT.configuration, `${flag} ${file} cannot be read: ${why}.`, {
      cause: error,
    });
  }
}
