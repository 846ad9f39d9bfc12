import { createPrivateKey, X509Certificate } from 'node:crypto';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { MOST_TEXT, readGivenFile, UnreadableFile } from '../../shared/given-file.ts';
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
  const pair = { cert: await readPem('--tls-cert', tlsCert), key: await readPem('--tls-key', tlsKey, 'PRIVATE KEY') };
  const certificate = whole(() => new X509Certificate(pair.cert), tlsCert);
  const key = whole(() => createPrivateKey(pair.key), tlsKey);
  // One of another kind than the certificate's is taken by TLS itself, which then has nothing to serve anybody with.
  if (!certificate.checkPrivateKey(key)) {
    throw tlsFailure(`${tlsKey} is not the key of the first certificate in ${tlsCert}`);
  }
  return pair;
}

function whole<T>(read: () => T, file: string): T {
  try {
    return read();
  } catch (error) {
    throw tlsFailure(
      `what is in ${file} is damaged, or of a kind that is not known (${error instanceof Error ? error.message : ''})`,
    );
  }
}

/** The same at the coordinator, which can make one for its run. */
export async function coordinatorTls(options: TlsOptions): Promise<KeyAndCertificate | 'auto' | null> {
  const { tls, tlsCert, tlsKey } = options;
  if (tls !== 'auto') return serverTls(options);
  if (tlsCert === null && tlsKey === null) return 'auto';
  throw new GradsocketError(
    'TLS_TWICE',
    EXIT.usage,
    '--tls auto makes a certificate, and --tls-cert gives one: keep one of them.',
  );
}

/** @throws GradsocketError where the file holds no `what` that could be used */
export async function readPem(
  flag: string,
  file: string,
  what: 'CERTIFICATE' | 'PRIVATE KEY' = 'CERTIFICATE',
): Promise<string> {
  const bytes = await readGivenFile(file, MOST_TEXT).catch((error: unknown) => {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new GradsocketError(
      'PEM_UNREADABLE',
      EXIT.configuration,
      `${flag} ${file} cannot be read: ${error.reason}.`,
      { cause: error },
    );
  });
  // Without the mark that some editors put before the first line, which then is none to OpenSSL.
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  const why = whyUnfit(what, bytes, text);
  if (why === null) return text;
  throw new GradsocketError('PEM_UNFIT', EXIT.configuration, `${flag} ${file} cannot be used: ${why}.`);
}

/** Null: there is what was expected. */
function whyUnfit(what: 'CERTIFICATE' | 'PRIVATE KEY', bytes: Buffer, text: string): string | null {
  if (text.trim() === '') return 'it is empty';
  const found = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, name]) => name!);
  const one = found.find((name) => name.endsWith(what));
  if (one === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    return 'it is locked with a passphrase, for which nobody would be asked. Write it without: openssl pkey -in FILE -out FILE';
  }
  if (one !== undefined) return null;
  if (found.length > 0) return `there is no ${what} in it, but ${found[0]}`;
  // How a sequence begins in DER, of certificates and keys alike.
  if (bytes[0] === 0x30) {
    return `it is DER. Make it PEM: openssl ${what === 'CERTIFICATE' ? 'x509' : 'pkey'} -inform der -in FILE -out FILE.pem`;
  }
  return `it has no line -----BEGIN ${what}-----`;
}
