import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines, readSummary, run, start, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** It signs itself, for localhost and 127.0.0.1. */
const pem = (name: string) => fileURLToPath(new URL(`../shared/link/tls/${name}.pem`, import.meta.url));
const serve = ['--tls-cert', pem('cert'), '--tls-key', pem('key')];
const job = '--engine wasm --channels 4,8 --dense 16 --microbatches 3 --epochs 2'.split(' ');

describe('a run over TLS', () => {
  it('has the weights of one without, with a certificate that signs itself', async () => {
    const flags = [...job, '--workers', '2', '--threads', '1'];
    const plain = await train(path.join(folder, 'plain'), flags);
    const secret = await train(path.join(folder, 'secret'), [...flags, ...serve]);
    expect(secret.weightsDigest).toBe(plain.weightsDigest);
    expect(secret.validationLoss).toBe(plain.validationLoss);
  });

  it('has them also where workers talk to each other over TLS, and turns away who does not trust it', async () => {
    const plain = await train(path.join(folder, 'plain alone'), [...job, '--workers', '1', '--threads', '1']);
    const runDir = path.join(folder, 'apart');
    const token = { GRADSOCKET_TOKEN: 'a-secret-of-this-run' };
    const coordinator = start(
      ['coordinator', '--run-dir', runDir, '--workers', '2', '--json', '--listen', '127.0.0.1:0', ...serve, ...job],
      token,
    );
    const { url } = JSON.parse(await coordinator.line((line) => line.includes('"listening"'))) as { url: string };
    expect(url).toMatch(/^wss:/);
    const worker = ['worker', '--coordinator', url, '--threads', '1'];
    const stranger = await run(worker, token);
    expect(stranger.code).toBe(78);
    expect(stranger.stderr).toMatch(/is not trusted: it is self-signed\. .* --tls-ca/);
    const workers = await Promise.all(
      ['a', 'b'].map((name) => run([...worker, '--name', name, '--tls-ca', pem('cert'), ...serve], token)),
    );
    expect(workers.map(({ code }) => code)).toEqual([0, 0]);
    expect((await coordinator.finished).code).toBe(0);
    expect(readSummary(runDir).weightsDigest).toBe(plain.weightsDigest);
    const hellos = readLines<{ hello?: { address: string } }>(path.join(runDir, 'logs', 'coordinator.log')).flatMap(
      ({ hello }) => (hello === undefined ? [] : [hello.address]),
    );
    expect(hellos).toEqual([expect.stringMatching(/^wss:/), expect.stringMatching(/^wss:/)]);
  });

  it('has them with a certificate that the coordinator makes, by its pin alone, with gradients encrypted, too', async () => {
    const plain = await train(path.join(folder, 'plain pinned'), [...job, '--workers', '1', '--threads', '1']);
    const runDir = path.join(folder, 'pinned');
    const token = { GRADSOCKET_TOKEN: 'a-secret-of-this-run' };
    const flags = ['--run-dir', runDir, '--workers', '2', '--listen', '127.0.0.1:0', '--tls', 'auto', ...job];
    const coordinator = start(['coordinator', '--json', ...flags], token);
    const line = await coordinator.line((text) => text.includes('"listening"'));
    const { url, tlsPin } = JSON.parse(line) as { url: string; tlsPin: string };
    expect(statSync(path.join(runDir, 'tls-key.pem')).mode & 0o777).toBe(0o600);
    const worker = ['worker', '--coordinator', url, '--threads', '1', '--listen', '0.0.0.0:0'];
    const strangers = await Promise.all([
      run(worker, token),
      run([...worker, '--tls-pin', `sha256:${'ab'.repeat(32)}`], token),
      run([...worker, '--tls-pin', tlsPin, '--coordinator', url.replace('wss', 'ws')], token),
    ]);
    expect(strangers.map(({ code }) => code)).toEqual([78, 78, 64]);
    expect(strangers[0].stderr).toMatch(
      /it is self-signed\. Give its fingerprint with --tls-pin, as the coordinator prints/,
    );
    expect(strangers[1].stderr).toMatch(/is sha256:.* not sha256:abab.* as --tls-pin says: .* Nothing was sent\./);
    expect(strangers.map(({ stderr }) => stderr.trim().split('\n').length)).toEqual([1, 1, 1]);
    const workers = await Promise.all(
      ['a', 'b'].map((name) => run([...worker, '--name', name, '--tls-pin', tlsPin], token)),
    );
    expect(workers.map(({ code }) => code)).toEqual([0, 0]);
    expect((await coordinator.finished).code).toBe(0);
    expect(readSummary(runDir).weightsDigest).toBe(plain.weightsDigest);
    const log = readLines<{ hello?: { address: string; fingerprint?: string } }>(
      path.join(runDir, 'logs', 'coordinator.log'),
    );
    const hellos = log.flatMap(({ hello }) => hello ?? []);
    const told = { address: expect.stringMatching(/^wss:/) as string, fingerprint: expect.any(String) as string };
    expect(hellos).toEqual([expect.objectContaining(told), expect.objectContaining(told)]);
    // Whoever saw another certificate, or none that it knows, has said nothing.
    expect(JSON.stringify(log)).not.toContain('wrongToken');
    const again = JSON.parse(
      (await run(['coordinator', '--json', '--resume', ...flags], token)).stdout.split('\n')[0]!,
    ) as object;
    expect(again).toMatchObject({ type: 'listening', tlsPin });
  });

  it.each([
    { flags: ['--tls-ca', 'nowhere.pem'], says: /--tls-ca nowhere\.pem cannot be read/ },
    {
      flags: ['--tls-ca', pem('key')],
      says: /--tls-ca .+ cannot be used: there is no CERTIFICATE in it, but PRIVATE KEY\./,
    },
    { flags: ['--tls-cert', pem('cert')], says: /--tls-cert and --tls-key go together/ },
    { flags: ['--tls-pin', 'sha256:12'], says: /--tls-pin sha256:12: expects sha256: and 64 hexadecimal digits/ },
  ])('refuses $flags with one sentence', async ({ flags, says }) => {
    const { code, stderr } = await run(['worker', '--coordinator', 'wss://127.0.0.1:9', ...flags]);
    expect([64, 78]).toContain(code);
    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
