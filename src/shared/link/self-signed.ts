import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts, with which to serve wss://. */
export interface KeyAndCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface SelfSignedOptions {
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  readonly from: Date;
  readonly until: Date;
}

/** Object identifiers of X.509. */
const COMMON_NAME = '2.5.4.3';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** Kinds of such a name. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** A fresh key (ECDSA over P-256), and a certificate of it that signs itself. Whoever is to believe it knows its fingerprint. */
export async function selfSigned({ names, from, until }: SelfSignedOptions): Promise<KeyAndCertificate> {
  // Few need it, and it takes a quarter of a second to load.
  const [{ Integer, OctetString, Utf8String }, pki] = await Promise.all([import('asn1js'), import('pkijs')]);
  const crypto = new pki.CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto });
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = new pki.Certificate();
  certificate.version = 2; // counted from 0: X.509 version 3
  certificate.serialNumber = new Integer({ valueHex: serialNumber() });
  for (const who of [certificate.issuer, certificate.subject]) {
    const value = new Utf8String({ value: 'gradsocket' });
    who.typesAndValues.push(new pki.AttributeTypeAndValue({ type: COMMON_NAME, value }));
  }
  const time = (value: Date) => {
    // What X.509 writes with two digits of the year, and what with four.
    const type = value.getUTCFullYear() < 2050 ? pki.TimeType.UTCTime : pki.TimeType.GeneralizedTime;
    return new pki.Time({ type, value });
  };
  certificate.notBefore = time(from);
  certificate.notAfter = time(until);
  const alternatives = new pki.GeneralNames({
    names: names.map((name) =>
      isIP(name) === 0
        ? new pki.GeneralName({ type: DNS_NAME, value: name })
        : new pki.GeneralName({ type: IP_ADDRESS, value: new OctetString({ valueHex: bytesOfAddress(name) }) }),
    ),
  });
  certificate.extensions = [
    new pki.Extension({ extnID: SUBJECT_ALTERNATIVE_NAME, extnValue: alternatives.toSchema().toBER(false) }),
  ];
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, crypto);
  await certificate.sign(keys.privateKey, 'SHA-256', crypto);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    cert: pem('CERTIFICATE', Buffer.from(certificate.toSchema(true).toBER(false))),
    key: key.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

/** Positive, and of full length. */
function serialNumber(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

function bytesOfAddress(address: string): Uint8Array<ArrayBuffer> {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number);
  // As the parser of URLs writes it: in lower case, and short.
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return Uint8Array.from(
    [...first, ...zeros, ...last].flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
