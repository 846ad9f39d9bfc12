import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { createServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failedWith } from '../../../src/shared/link/connect-failure.ts';
import { connectChannel } from '../../../src/shared/link/connect.ts';
import { fingerprintOf } from '../../../src/shared/link/fingerprint.ts';
import { selfSigned } from '../../../src/shared/link/self-signed.ts';
import { Happenings, startServer } from './server.ts';

// A certificate for localhost and 127.0.0.1 that signs itself, made for these tests, valid for a hundred years.
const pem = (name: string) => readFileSync(new URL(`tls/${name}.pem`, import.meta.url), 'utf8');
const cert = pem('cert');
const own = { cert, key: pem('key') };

describe('TLS', () => {
  it('carries a channel to who trusts the certificate', async () => {
    const { server, messages, closed } = await startServer({ tls: own });
    expect(server.url).toMatch(/^wss:/);
    const worker = await connectChannel({ url: server.url, endpoint: 'control', token: 'secret', trust: { ca: cert } });
    worker.start({ onMessage: () => {}, onClose: () => {} });
    worker.send({ type: 'connected', generation: 1 });
    expect(await messages.first()).toEqual([{ type: 'connected', generation: 1 }]);
    worker.close('done');
    await closed.first();
  });

  it('is of version 1.2 at least, whatever this Node takes elsewhere', async () => {
    const lax = { minVersion: tls.DEFAULT_MIN_VERSION, ciphers: tls.DEFAULT_CIPHERS };
    onTestFinished(() => {
      tls.DEFAULT_MIN_VERSION = lax.minVersion;
      tls.DEFAULT_CIPHERS = lax.ciphers;
    });
    tls.DEFAULT_MIN_VERSION = 'TLSv1.1';
    // Older ones sign with what is not taken any more at other levels.
    tls.DEFAULT_CIPHERS = 'DEFAULT@SECLEVEL=0';
    const { server } = await startServer({ tls: own });
    const hello = async (version: tls.SecureVersion): Promise<string | null> => {
      const socket = tls.connect({ port: server.port, host: '127.0.0.1', ca: cert, maxVersion: version });
      try {
        await once(socket, 'secureConnect');
        return socket.getProtocol();
      } finally {
        socket.destroy();
      }
    };
    expect(await hello('TLSv1.2')).toBe('TLSv1.2');
    await expect(hello('TLSv1.1')).rejects.toThrow(/alert protocol version/);
  });

  it('needs no matching name where the certificate itself is trusted', async () => {
    const { server } = await startServer({ tls: own, listen: { host: '127.0.0.2', port: 0 } });
    expect(server.host).toBe('127.0.0.2');
    const channel = await connectChannel({
      url: server.url,
      endpoint: 'control',
      token: 'secret',
      trust: { ca: cert },
    });
    channel.start({ onMessage: () => {}, onClose: () => {} });
    channel.close('done');
  });

  it('is refused by who does not trust the certificate, with a sentence that says why', async () => {
    const { server } = await startServer({ tls: own });
    await expect(connectChannel({ url: server.url, endpoint: 'control', token: 'secret' })).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      exitCode: 78,
      message: `The certificate of the coordinator at ${server.url} is not trusted: it is self-signed. Give its fingerprint with --tls-pin, as the coordinator prints it, or its file, or that of the authority that signed it, with --tls-ca.`,
    });
  });

  it.each([
    {
      from: '2020-01-01',
      until: '2020-02-01',
      says: /has expired, by the clock of this machine \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)\. Set the clock/,
    },
    { from: '2100-01-01', until: '2100-02-01', says: /is not valid yet, by the clock of this machine/ },
  ])('is refused by its dates, with the clock that says so ($from)', async ({ from, until, says }) => {
    const pair = await selfSigned({ names: ['127.0.0.1'], from: new Date(from), until: new Date(until) });
    const { server } = await startServer({ tls: pair });
    const dialled = connectChannel({ url: server.url, endpoint: 'control', token: 'secret', trust: { ca: pair.cert } });
    await expect(dialled).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      exitCode: 78,
      message: expect.stringMatching(says) as string,
    });
  });

  it('is believed by what lies in the file of authorities when it connects, and without the file by what lay there', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'gradsocket-ca-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const caFile = join(dir, 'ca.pem');
    const { cert: before } = await selfSigned({
      names: ['x'],
      from: new Date('2020-01-01'),
      until: new Date('2100-01-01'),
    });
    const { server } = await startServer({ tls: own });
    const dial = (ca: string) =>
      connectChannel({ url: server.url, endpoint: 'control', token: 'secret', trust: { ca, caFile } });
    (await dial(cert)).close('done');
    await writeFile(caFile, before);
    await expect(dial(before)).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    await writeFile(caFile, before + cert);
    (await dial(before)).close('done');
  });

  it('names the names that a certificate is for, where it is for another', () => {
    const error = Object.assign(new Error(), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      host: '10.0.0.5',
      cert: { subjectaltname: 'DNS:other.example' },
    });
    const { message } = failedWith({ who: 'the coordinator', url: 'wss://10.0.0.5' }, error);
    expect(message).toMatch(
      / not trusted: it was issued for another name \(DNS:other\.example, not 10\.0\.0\.5\)\. Give/,
    );
  });

  it('is not mistaken for a connection without it', async () => {
    const { server, turnedAway } = await startServer({ tls: own });
    const url = server.url.replace('wss:', 'ws:');
    await expect(connectChannel({ url, endpoint: 'control', token: 'secret' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('write wss://') as unknown,
    });
    expect(turnedAway.all).toEqual(['badHttp']);
  });

  it('is missed where the coordinator has none', async () => {
    const { server } = await startServer();
    const url = server.url.replace('ws:', 'wss:');
    await expect(connectChannel({ url, endpoint: 'control', token: 'secret' })).rejects.toMatchObject({
      code: 'NOT_GRADSOCKET',
      message: expect.stringContaining('write ws://') as unknown,
    });
  });
});

describe('a pinned certificate', () => {
  const pin = fingerprintOf(cert);
  const other = 'ab'.repeat(32);

  it('is believed without an authority, whatever name it was issued for', async () => {
    const { server, messages } = await startServer({ tls: own, listen: { host: '127.0.0.2', port: 0 } });
    for (const endpoint of ['control', 'data'] as const) {
      const channel = await connectChannel({ url: server.url, endpoint, token: 'secret', trust: { pin } });
      channel.start({ onMessage: () => {}, onClose: () => {} });
      channel.send({ type: 'connected', generation: 1 });
    }
    expect(await messages.first(2)).toHaveLength(2);
  });

  it('that is another one gets no token, nor a word of HTTP', async () => {
    const heard: string[] = [];
    const ended = new Happenings<string>();
    const impostor = createServer(own, (socket) => {
      socket.on('data', (bytes: Buffer) => heard.push(bytes.toString('latin1')));
      socket.on('error', () => undefined);
    });
    impostor.on('connection', (socket) => socket.once('close', () => ended.add('closed')));
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    onTestFinished(() => void impostor.close());
    const url = `wss://127.0.0.1:${(impostor.address() as AddressInfo).port}`;
    await expect(
      connectChannel({ url, endpoint: 'control', token: 'secret', trust: { pin: other } }),
    ).rejects.toMatchObject({
      code: 'TLS_WRONG_PIN',
      exitCode: 78,
      message: `The certificate of the coordinator at ${url} is sha256:${pin}, not sha256:${other} as --tls-pin says: take the pin from what the coordinator prints; where it prints this one, somebody else answers there. Nothing was sent.`,
    });
    await ended.first();
    expect(heard).toEqual([]);
  });

  it('decides alone: also one that an authority signed is refused', async () => {
    const { server, turnedAway } = await startServer({ tls: own });
    const trust = { ca: cert, pin: other };
    await expect(
      connectChannel({ url: server.url, endpoint: 'control', token: 'secret', trust }),
    ).rejects.toMatchObject({ code: 'TLS_WRONG_PIN' });
    expect(turnedAway.all).toEqual([]);
  });

  it('is not asked for without TLS', async () => {
    const { server } = await startServer();
    const trust = { pin };
    await expect(
      connectChannel({ url: server.url, endpoint: 'control', token: 'secret', trust }),
    ).rejects.toMatchObject({ code: 'TLS_PIN_PLAIN', exitCode: 64 });
  });

  it('is missed where the coordinator has none, or nothing listens, with the sentences of everybody', async () => {
    const { server } = await startServer();
    const dial = (url: string) => connectChannel({ url, endpoint: 'control', token: 'secret', trust: { pin } });
    await expect(dial(server.url.replace('ws:', 'wss:'))).rejects.toMatchObject({
      code: 'NOT_GRADSOCKET',
      message: expect.stringContaining('write ws://') as unknown,
    });
    await server.close();
    await expect(dial(server.url.replace('ws:', 'wss:'))).rejects.toMatchObject({ code: 'UNREACHABLE', exitCode: 75 });
  });

  it('is waited for no longer than any handshake, and given up with it', async () => {
    const silent = createPlainServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const url = `wss://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const dial = { url, endpoint: 'control', token: 'secret', trust: { pin } } as const;
    await expect(connectChannel({ ...dial, handshakeMs: 20 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('it does not answer') as unknown,
    });
    const abort = new AbortController();
    const attempt = connectChannel({ ...dial, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(attempt).rejects.toThrow('enough');
  });
});
