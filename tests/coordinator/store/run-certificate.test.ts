import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCertificate } from '../../../src/coordinator/store/run-certificate.ts';
import { RunFolder } from '../../../src/coordinator/store/run-folder.ts';

const NOW = new Date('2026-11-27T00:00:00Z');
const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

async function scratch(): Promise<RunFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-certificate-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return new RunFolder(dir);
}

async function begun(): Promise<{ readonly folder: RunFolder; readonly cert: string }> {
  const folder = await scratch();
  const certificate = await runCertificate(folder, '0.0.0.0', NOW);
  await certificate.keep();
  return { folder, cert: certificate.pair.cert };
}

it('a run gets one for where it listens, which nothing but keeping it writes', async () => {
  const folder = await scratch();
  const certificate = await runCertificate(folder, '10.0.0.5', NOW);
  const { pair, notice } = certificate;
  expect(await readdir(folder.dir)).toEqual([]);
  expect(notice).toBeNull();
  const made = new X509Certificate(pair.cert);
  expect(made.checkIP('10.0.0.5')).toBe('10.0.0.5');
  expect(made.checkHost('localhost')).toBe('localhost');
  await certificate.keep();
  for (const file of [folder.tlsKeyFile, folder.tlsCertFile]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(folder.tlsCertFile, 'utf8')).toBe(pair.cert);
});

it('shows the same when it goes on', async () => {
  const { folder, cert } = await begun();
  const again = await runCertificate(folder, '0.0.0.0', later(700));
  expect(again.pair.cert).toBe(cert);
  expect(again.notice).toBeNull();
  await again.keep();
  expect(await readFile(folder.tlsCertFile, 'utf8')).toBe(cert);
});

it.each([760, 824, 2000])('shows another one after %i days, and says so', async (days) => {
  const { folder, cert } = await begun();
  const renewed = await runCertificate(folder, '0.0.0.0', later(days));
  expect(renewed.notice).toBe(
    `${folder.tlsCertFile} is valid until 2029-03-01 only, so the run has a new certificate: workers need its --tls-pin.`,
  );
  await renewed.keep();
  const next = await runCertificate(folder, '0.0.0.0', later(days + 1));
  expect(next.pair.cert).not.toBe(cert);
  expect(next.pair.cert).toBe(renewed.pair.cert);
});

it.each([
  ['the certificate is no certificate', (folder: RunFolder) => writeFile(folder.tlsCertFile, 'torn')],
  [
    'the key is of another one',
    async (folder: RunFolder) => {
      const other = await begun();
      await writeFile(folder.tlsKeyFile, await readFile(other.folder.tlsKeyFile));
    },
  ],
  ['the key is gone', (folder: RunFolder) => rm(folder.tlsKeyFile)],
])('makes another where %s, and says so', async (_, damage) => {
  const { folder, cert } = await begun();
  await damage(folder);
  const { pair, notice } = await runCertificate(folder, '0.0.0.0', NOW);
  expect(pair.cert).not.toBe(cert);
  expect(notice).toMatch(/tls-cert\.pem and its key cannot be used, so the run has a new certificate/);
});
