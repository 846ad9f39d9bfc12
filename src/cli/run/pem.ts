import { readFile } from 'node:fs/promises';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

interface TlsOptions {
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
}

export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** With what to serve wss://, from the files that the flags name; null: ws://. */
export async function serverTls({ tlsCert, tlsKey }: TlsOptions): Promise<ServerTls | null> {
  if (tlsCert === null && tlsKey === null) return null;
  if (tlsCert === null || tlsKey === null) {
    throw new GradsocketError('TLS_HALF', EXIT.usage, '--tls-cert and --tls-key go together: give both or none.');
  }
  return { cert: await readPem('--tls-cert', tlsCert), key: await readPem('--tls-key', tlsKey) };
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
