import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { serverTls } from '../../../src/cli/run/pem.ts';
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
  await writeFile(tlsKey, own!.key);
  expect(await serverTls({ tlsCert, tlsKey })).toEqual(own);
});
