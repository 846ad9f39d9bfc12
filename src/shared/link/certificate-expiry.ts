import { X509Certificate } from 'node:crypto';

/** When the first certificate in a PEM text expires, in seconds since 1970. */
export function certificateExpiry(pem: string): number {
  return Date.parse(new X509Certificate(pem).validTo) / 1000;
}
