import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Closed } from '../../../src/shared/link/channel.ts';
import { connectChannel, connectSocket } from '../../../src/shared/link/connect.ts';
import { LinkServer } from '../../../src/shared/link/link-server.ts';
import { workerCodec } from '../../../src/shared/protocol/codec.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { Happenings, startServer } from './server.ts';

/** A client that sends what it likes. */
async function rawClient(url: string, path = '/v1/control', autoPong = true): Promise<WebSocket> {
  const { ws } = await connectSocket({
    url,
    path,
    credential: 'secret',
    maxPayload: 1 << 20,
    who: 'the server',
    ws: { autoPong },
  });
  onTestFinished(() => ws.terminate());
  ws.on('error', () => {});
  ws.resume();
  return ws;
}

async function closeOf(ws: WebSocket): Promise<[number, string]> {
  const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

const hello = workerCodec.encode({
  type: 'hello',
  version: 1,
  name: 'n',
  engine: null,
  device: '',
  threads: 1,
  address: null,
});

describe('a channel at the coordinator', () => {
  it.each([
    ['random bytes', Buffer.from('c1c1ff00', 'hex'), [4000, 'malformed']],
    ['a text frame', '{"type":"hello"}', [1003, 'notBinary']],
    ['a first frame above the limit for strangers', Buffer.alloc(LIMITS.frameBeforeHello + 1), [1009, 'frameTooLarge']],
    [
      'a frame above the limit of the endpoint',
      Buffer.alloc(LIMITS.frameControlToCoordinator + 1),
      [1009, 'frameTooLarge'],
    ],
  ] as const)('closes on %s, counts it, and harms nobody else', async (_, frame, [code, name]) => {
    const { server, messages, closed, turnedAway } = await startServer();
    const other = await rawClient(server.url);
    const offender = await rawClient(server.url);
    offender.send(frame);
    expect((await closeOf(offender))[0]).toBe(code);
    expect(await closed.first()).toMatchObject([{ by: 'us', name }]);
    expect(turnedAway.all).toEqual([name]);
    other.send(hello);
    expect(await messages.first()).toMatchObject([{ type: 'hello' }]);
    expect(other.readyState).toBe(WebSocket.OPEN);
  });

  it('closes on a header that announces 2 GiB, without waiting for a byte of it', async () => {
    const { server, turnedAway } = await startServer();
    const { ws, socket } = await connectSocket({
      url: server.url,
      path: '/v1/control',
      credential: 'secret',
      maxPayload: 1 << 20,
      who: 'the server',
    });
    ws.resume();
    // Binary, final, masked, a length of 64 bits: 2^31.
    socket.write(Buffer.from('82ff000000008000000000000000', 'hex'));
    expect((await closeOf(ws))[0]).toBe(1009);
    expect(turnedAway.all).toEqual(['frameTooLarge']);
  });

  it('closes on bytes that are no WebSocket frame', async () => {
    const { server, turnedAway } = await startServer();
    const { ws, socket } = await connectSocket({
      url: server.url,
      path: '/v1/control',
      credential: 'secret',
      maxPayload: 1 << 20,
      who: 'the server',
    });
    ws.resume();
    socket.write(Buffer.from('ffffffffffffffff', 'hex'));
    expect((await closeOf(ws))[0]).toBe(1002);
    expect(turnedAway.all).toEqual(['notWebSocket']);
  });

  it('allows large frames once somebody has said who they are', async () => {
    const { server, messages } = await startServer();
    const client = await rawClient(server.url);
    client.send(hello);
    const data = new Uint8Array(LIMITS.statePartBytes);
    client.send(workerCodec.encode({ type: 'state', step: 1, offset: 0, total: data.length, data }));
    expect(await messages.first(2)).toMatchObject([{ type: 'hello' }, { type: 'state', total: data.length }]);
  });

  it('delivers nothing any more once it is closed, whatever was sent before that was known', async () => {
    const server = await LinkServer.listen({ listen: { host: '127.0.0.1', port: 0 } });
    onTestFinished(() => server.close());
    const heard: string[] = [];
    server.acceptChannels('control', 'secret', (channel) =>
      channel.start({
        onMessage: ({ type }) => {
          heard.push(type);
          channel.close('done');
        },
        onClose: () => {},
      }),
    );
    const client = await rawClient(server.url);
    for (let i = 0; i < 3; i++) client.send(hello);
    await closeOf(client);
    expect(heard).toEqual(['hello']);
  });

  it('gives up a peer that has gone silent', async () => {
    const { server, closed, turnedAway } = await startServer({ liveness: { pingIntervalMs: 10, silenceMs: 40 } });
    const client = await rawClient(server.url, '/v1/data', false);
    expect(await closed.first()).toMatchObject([
      { by: 'us', name: 'unresponsive', reason: expect.stringContaining('nothing heard') as unknown },
    ]);
    expect(turnedAway.all).toEqual(['unresponsive']);
    client.terminate();
  });

  it('keeps a peer that says nothing but answers pings', async () => {
    const { server, closed } = await startServer({ liveness: { pingIntervalMs: 5, silenceMs: 40 } });
    const client = await rawClient(server.url, '/v1/data');
    let pings = 0;
    await new Promise<void>((resolve) => client.on('ping', () => ++pings === 20 && resolve()));
    expect(closed.all).toEqual([]);
  });

  it('asks a peer for a sign of life, and hears at once of one that lives', async () => {
    const { server, channels } = await startServer();
    await rawClient(server.url);
    const [atAlive] = await channels.first();
    await rawClient(server.url, '/v1/control', false);
    const [, atDeaf] = await channels.first(2);
    expect(await atAlive!.probe(60_000)).toBe(true);
    expect(await atDeaf!.probe(20)).toBe(false);
  });

  it('asks a peer for a sign of life that goes instead', async () => {
    const { server, channels } = await startServer();
    const client = await rawClient(server.url, '/v1/control', false);
    client.on('ping', () => client.terminate());
    expect(await (await channels.first())[0]!.probe(60_000)).toBe(false);
  });

  it('reports a peer that vanishes without a word', async () => {
    const { server, closed, channels } = await startServer();
    const client = await rawClient(server.url);
    await channels.first();
    client.terminate();
    expect(await closed.first()).toMatchObject([{ by: 'network', code: 1006 }]);
  });
});

describe('backpressure', () => {
  it('makes the sender wait for a peer that does not read, until it does', async () => {
    const { server, channels } = await startServer();
    const worker = await connectChannel({ url: server.url, endpoint: 'data', token: 'secret' });
    const [coordinator] = await channels.first();
    const bytes = new Uint8Array(4 << 20);
    let sent = 0;
    let waiting: Promise<void> = Promise.resolve();
    // The kernel's buffers take some; after that they pile up here.
    for (; sent < 16; sent++) {
      coordinator!.send({
        type: 'samples',
        id: sent,
        split: 'train',
        items: [{ index: 0, label: 0, bytes }],
        last: true,
      });
    }
    let drained = false;
    waiting = coordinator!.drained().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    const messages = new Happenings<unknown>();
    worker.start({ onMessage: messages.add, onClose: () => {} });
    await waiting;
    expect(await messages.first(sent)).toHaveLength(16);
  });

  it('disconnects a peer for whom too much is waiting, and rejects who waits for it', async () => {
    const { server, channels, closed, turnedAway } = await startServer();
    await connectChannel({ url: server.url, endpoint: 'data', token: 'secret' });
    const [coordinator] = await channels.first();
    const bytes = new Uint8Array(32 << 20);
    const send = () =>
      coordinator!.send({ type: 'samples', id: 0, split: 'train', items: [{ index: 0, label: 0, bytes }], last: true });
    send();
    const waiting = expect(coordinator!.drained()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    for (let i = 0; i < LIMITS.sendBufferMax / bytes.length + 1; i++) send();
    await waiting;
    expect(await closed.first()).toMatchObject([{ by: 'us', name: 'slowReader' }]);
    expect(turnedAway.all).toEqual(['slowReader']);
  });
});

describe('a channel at the worker', () => {
  it('gives up a coordinator that has gone silent', async () => {
    // A relay that goes deaf: the connection stays open, nothing comes through.
    const { server } = await startServer();
    const relay = createServer((near) => {
      const far = connect(server.port, '127.0.0.1');
      near.on('error', () => {}).pipe(far.on('error', () => {}));
      far.once('data', (answer: Buffer) => near.write(answer));
      onTestFinished(() => {
        near.destroy();
        far.destroy();
      });
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    onTestFinished(() => {
      relay.close();
    });
    const worker = await connectChannel({
      url: `ws://127.0.0.1:${(relay.address() as { port: number }).port}`,
      endpoint: 'data',
      token: 'secret',
      liveness: { pingIntervalMs: 10, silenceMs: 40 },
    });
    const closed = new Happenings<Closed>();
    worker.start({ onMessage: () => {}, onClose: closed.add });
    expect(await closed.first()).toMatchObject([{ by: 'us', name: 'unresponsive' }]);
  });
});
