import { X509Certificate } from 'node:crypto';

/** sha256 of a certificate as it goes over the wire, in lower-case hex: of a PEM text of several that of the first, which is shown. */
export function fingerprintOf(certificate: string | X509Certificate): string {
  const parsed = typeof certificate === 'string' ? new X509Certificate(certificate) : certificate;
  return bare(parsed.fingerprint256);
}

/** Of a pin as it may be written: see `--tls-pin`. */
export function fingerprintIn(pin: string): string {
  return bare(pin.replace(/^sha-?256( fingerprint)?[:=]/i, ''));
}

/** As people are shown it, and as `--tls-pin` takes it. */
export function pinText(fingerprint: string): string {
  return `sha256:${fingerprint}`;
}

function bare(digits: string): string {
  return digits.replaceAll(':', '').toLowerCase();
}
