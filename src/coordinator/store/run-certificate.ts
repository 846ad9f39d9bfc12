import { createPrivateKey, X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import { type KeyAndCertificate, selfSigned } from '../../shared/link/self-signed.ts';
import type { RunFolder } from './run-folder.ts';

const DAY = 86_400_000;
/** How long one is valid, and how long before its end the next start of the coordinator makes another. */
const VALID_MS = 825 * DAY;
const RENEW_MS = 90 * DAY;
/** Clocks differ. */
const BEFORE_MS = DAY;
const ANY_HOST = new Set(['0.0.0.0', '::', '']);

/** The key and certificate of a run with `--tls auto`. */
export interface RunCertificate {
  readonly pair: KeyAndCertificate;
  /** What workers from before have to know; null: nothing. */
  readonly notice: string | null;
  /** Writes it into the folder, for the next start to show the same. */
  keep(): Promise<void>;
}

/** What lies in the folder, as long as it is good, or a new one. Changes nothing there. `host`: where the coordinator listens. */
export async function runCertificate(folder: RunFolder, host: string, now: Date): Promise<RunCertificate> {
  const found = await pairIn(folder);
  if (found.pair !== null && found.ends.getTime() - now.getTime() > RENEW_MS) {
    return { pair: found.pair, notice: null, keep: () => Promise.resolve() };
  }
  const pair = await selfSigned({
    names: [...new Set(['gradsocket', 'localhost', hostname(), ...(ANY_HOST.has(host) ? [] : [host])])],
    from: new Date(now.getTime() - BEFORE_MS),
    until: new Date(now.getTime() + VALID_MS),
  });
  return {
    pair,
    notice: found.why === null ? null : `${found.why}, so the run has a new certificate: workers need its --tls-pin.`,
    keep: async () => {
      // A key without its certificate is no pair: whatever ends this in between, the next start makes another.
      await writeFileAtomically(folder.tlsKeyFile, pair.key, { disk: folder.disk, mode: 0o600 });
      await writeFileAtomically(folder.tlsCertFile, pair.cert, { disk: folder.disk, mode: 0o600 });
    },
  };
}

/** `why`: it is not to be used any more; null: there is none. */
type Found =
  | { readonly pair: KeyAndCertificate; readonly ends: Date; readonly why: string }
  | { readonly pair: null; readonly why: string | null };

async function pairIn({ disk, tlsKeyFile, tlsCertFile }: RunFolder): Promise<Found> {
  let cert: string;
  try {
    cert = String(await disk.read(tlsCertFile));
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    return { pair: null, why: isMissing ? null : `${tlsCertFile} cannot be read` };
  }
  try {
    const key = String(await disk.read(tlsKeyFile));
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('they do not belong together');
    const ends = new Date(certificate.validTo);
    return { pair: { cert, key }, ends, why: `${tlsCertFile} is valid until ${ends.toISOString().slice(0, 10)} only` };
  } catch {
    return { pair: null, why: `${tlsCertFile} and its key cannot be used` };
  }
}
