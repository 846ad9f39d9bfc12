import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import { EXIT, GradsocketError } from '../errors.ts';

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
  const pinned = new Set(ca.map(fingerprintOf));
  if (pinned.size === 0) throw bad('there is none in it (-----BEGIN CERTIFICATE-----)');
  return {
    ca,
    // The one that is shown need not lead to a certificate that signs itself.
    allowPartialTrustChain: true,
    checkServerIdentity: (host: string, shown: PeerCertificate) =>
      pinned.has(shown.fingerprint256) ? undefined : checkServerIdentity(host, shown),
  };
}

function fingerprintOf(certificate: string): string {
  try {
    return new X509Certificate(certificate).fingerprint256;
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
