import { readFile } from 'node:fs/promises';
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import { EXIT, GradsocketError } from '../errors.ts';
import { fingerprintIn, fingerprintOf } from './fingerprint.ts';

/** Whom a client believes at wss://; neither: whom the system does. */
export interface Trust {
  /** PEM certificates. */
  readonly ca?: string | undefined;
  /** Where they came from: what lies there when a connection is opened counts, as it may have been renewed since. */
  readonly caFile?: string | undefined;
  /** Fingerprint of the one certificate that may be shown, sha256 in lower-case hex. It decides alone. */
  readonly pin?: string | undefined;
}

/** The PEM certificates to trust now; undefined: none were given. */
export async function authorities({ ca, caFile }: Trust): Promise<string | undefined> {
  return caFile === undefined ? ca : readFile(caFile, 'utf8').catch(() => ca);
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;

/**
 * Trusts these certificates (PEM) and what they signed, and nobody else. A server that shows one of them itself is
 * trusted whatever name it was issued for: whoever has its key is who was meant. So a certificate that signs itself will
 * do, and one for a public name on this machine alone.
 *
 * @throws GradsocketError TLS_CA_BAD
 */
export function trusting(
  pem: string,
): Pick<ConnectionOptions, 'ca' | 'checkServerIdentity'> & { readonly allowPartialTrustChain: boolean } {
  const ca = pem.match(CERTIFICATE) ?? [];
  const known = new Set(ca.map(checked));
  if (known.size === 0) throw bad('there is none in it (-----BEGIN CERTIFICATE-----)');
  return {
    ca,
    // The one that is shown need not lead to a certificate that signs itself.
    allowPartialTrustChain: true,
    checkServerIdentity: (host: string, shown: PeerCertificate) =>
      known.has(fingerprintIn(shown.fingerprint256)) ? undefined : checkServerIdentity(host, shown),
  };
}

function checked(certificate: string): string {
  try {
    return fingerprintOf(certificate);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error), error);
  }
}

function bad(why: string, cause?: unknown): GradsocketError {
  return new GradsocketError(
    'TLS_CA_BAD',
    EXIT.configuration,
    `The certificates to trust cannot be used: ${why}. Check --tls-ca.`,
    { cause },
  );
}
