import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPem, serverTls } from '../../../src/cli/run/pem.ts';
import { selfSigned } from '../../../src/shared/link/self-signed.ts';

const dates = { from: new Date('2026-01-01'), until: new Date('2036-01-01') };

it('a key that is not that of the certificate is refused, also one of another kind', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-pem-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const [tlsCert, tlsKey] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const [own, other] = await Promise.all([1, 2].map(() => selfSigned({ names: ['gradsocket'], ...dates })));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(tlsCert, own!.cert);
  for (const key of [other!.key, String(rsa)]) {
    await writeFile(tlsKey, key);
    await expect(serverTls({ tlsCert, tlsKey })).rejects.toMatchObject({ code: 'BAD_CERTIFICATE', exitCode: 78 });
  }
  for (const [file, text] of [
    [tlsCert, own!.cert],
    [tlsKey, own!.key],
  ] as const) {
    await writeFile(file, `${text.slice(0, 80)}\n${text.slice(-30)}`);
    const message = expect.stringContaining(`what is in ${file} is damaged`) as string;
    await expect(serverTls({ tlsCert, tlsKey })).rejects.toMatchObject({ code: 'BAD_CERTIFICATE', message });
    await writeFile(file, text);
  }
  expect(await serverTls({ tlsCert, tlsKey })).toEqual(own);
});

it.each([
  ['--tls-cert', 'nothing', 'cannot be read: there is no such file'],
  ['--tls-cert', '.', 'cannot be read: it is a folder'],
  ['--tls-cert', 'empty', 'cannot be used: it is empty'],
  ['--tls-cert', 'key.pem', 'cannot be used: there is no CERTIFICATE in it, but PRIVATE KEY'],
  ['--tls-cert', 'cert.der', /^cannot be used: it is DER. Make it PEM: openssl x509 /],
  ['--tls-cert', 'text', 'cannot be used: it has no line -----BEGIN CERTIFICATE-----'],
  ['--tls-key', 'cert.pem', 'cannot be used: there is no PRIVATE KEY in it, but CERTIFICATE'],
  ['--tls-key', 'locked.pem', /^cannot be used: it is locked with a passphrase/],
])('%s %s: the sentence says what is there instead', async (flag, name, says) => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-pem-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const { cert, key } = await selfSigned({ names: ['gradsocket'], ...dates });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'horse' });
  const files = {
    empty: '',
    text: 'hello',
    'key.pem': key,
    'cert.pem': cert,
    'cert.der': new X509Certificate(cert).raw,
  };
  for (const [file, content] of Object.entries({ ...files, 'locked.pem': locked })) {
    await writeFile(join(dir, file), content);
  }
  const file = join(dir, name);
  const refused: unknown = await readPem(flag, file, flag === '--tls-key' ? 'PRIVATE KEY' : 'CERTIFICATE').catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: expect.stringMatching(/^PEM_UN(READABLE|FIT)$/) as string, exitCode: 78 });
  const why = (refused as Error).message.slice(`${flag} ${file} `.length);
  expect(why).toEqual(typeof says === 'string' ? `${says}.` : (expect.stringMatching(says) as string));
});

it('a certificate with a mark in front, or from Windows, is one', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-pem-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const { cert } = await selfSigned({ names: ['gradsocket'], ...dates });
  const file = join(dir, 'cert.pem');
  await writeFile(file, `\ufeff${cert.replaceAll('\n', '\r\n')}`);
  expect(new X509Certificate(await readPem('--tls-ca', file)).raw).toEqual(new X509Certificate(cert).raw);
});
