import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectChannel } from '../../../src/shared/link/connect.ts';
import { startServer } from './server.ts';

// A certificate for localhost and 127.0.0.1 that signs itself, made for these tests, valid for a hundred years.
const pem = (name: string) => readFileSync(new URL(`tls/${name}.pem`, import.meta.url), 'utf8');
const cert = pem('cert');
const tls = { cert, key: pem('key') };

describe('TLS', () => {
  it('carries a channel to who trusts the certificate', async () => {
    const { server, messages, closed } = await startServer({ tls });
    expect(server.url).toMatch(/^wss:/);
    const worker = await connectChannel({ url: server.url, endpoint: 'control', token: 'secret', ca: cert });
    worker.start({ onMessage: () => {}, onClose: () => {} });
    worker.send({ type: 'connected', generation: 1 });
    expect(await messages.first()).toEqual([{ type: 'connected', generation: 1 }]);
    worker.close('done');
    await closed.first();
  });

  it('needs no matching name where the certificate itself is trusted', async () => {
    const { server } = await startServer({ tls, listen: { host: '127.0.0.2', port: 0 } });
    expect(server.host).toBe('127.0.0.2');
    const channel = await connectChannel({ url: server.url, endpoint: 'control', token: 'secret', ca: cert });
    channel.start({ onMessage: () => {}, onClose: () => {} });
    channel.close('done');
  });

  it('is refused by who does not trust the certificate, with a sentence that says why', async () => {
    const { server } = await startServer({ tls });
    await expect(connectChannel({ url: server.url, endpoint: 'control', token: 'secret' })).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      exitCode: 78,
      message: `The certificate of the coordinator at ${server.url} is not trusted: it is self-signed. Give its file, or that of the authority that signed it, with --tls-ca.`,
    });
  });

  it('is not mistaken for a connection without it', async () => {
    const { server, turnedAway } = await startServer({ tls });
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
