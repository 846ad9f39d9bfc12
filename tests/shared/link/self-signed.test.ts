import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { connectChannel } from '../../../src/shared/link/connect.ts';
import { selfSigned } from '../../../src/shared/link/self-signed.ts';
import { startServer } from './server.ts';

const from = new Date('2026-01-01T00:00:00Z');
const until = new Date('2126-01-01T00:00:00Z');

it('a certificate that is made here has the names, the dates and the key that it was made for', async () => {
  const { cert, key } = await selfSigned({ names: ['gradsocket', '10.0.0.5', 'fd00::7:1'], from, until });
  const certificate = new X509Certificate(cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.subject).toBe('CN=gradsocket');
  expect(certificate.checkHost('gradsocket')).toBe('gradsocket');
  expect(certificate.checkIP('10.0.0.5')).toBe('10.0.0.5');
  expect(certificate.checkIP('fd00::7:1')).toBe('fd00::7:1');
  expect([new Date(certificate.validFrom), new Date(certificate.validTo)]).toEqual([from, until]);
});

it('no two are alike, and one serves', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => selfSigned({ names: ['gradsocket'], from, until })));
  expect(new X509Certificate(one!.cert).serialNumber).not.toBe(new X509Certificate(two!.cert).serialNumber);
  const { server } = await startServer({ tls: one! });
  const dial = (ca: string) => connectChannel({ url: server.url, endpoint: 'control', token: 'secret', trust: { ca } });
  const channel = await dial(one!.cert);
  channel.start({ onMessage: () => {}, onClose: () => {} });
  channel.close('done');
  await expect(dial(two!.cert)).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
});
