import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { connectChannel, connectSocket } from '../../../src/shared/link/connect.ts';
import { LinkServer } from '../../../src/shared/link/link-server.ts';
import { dial, Happenings, restOf, startServer } from './server.ts';

const upgrade = (path: string, ...headers: string[]) =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '',
    '',
  ].join('\r\n');
const bearer = 'Authorization: Bearer secret';
const subprotocol = 'Sec-WebSocket-Protocol: gradsocket.v1';

/** What listens for it. */
async function httpOf(server: LinkServer): Promise<Server> {
  const found = new Promise<Server>((resolve) => {
    server.acceptSockets('/v1/raw', {
      maxPayload: 100,
      admit: () => true,
      onSocket: (ws, socket) => {
        // Node keeps there whose connection it is.
        ws.once('close', () => resolve((socket as Socket & { readonly server: Server }).server));
        ws.terminate();
      },
    });
  });
  await restOf(await dialAndSay(server, upgrade('/v1/raw', subprotocol)));
  return found;
}

async function dialAndSay(server: LinkServer, words: string): Promise<Socket> {
  const socket = await dial(server);
  socket.write(words);
  return socket;
}

/** The server's end of a connection at whose other end nobody is. */
class AnsweredSocket extends Duplex {
  answer = '';
  readonly destroySoon = (): void => void this.destroy();

  override _read(): void {}

  override _write(bytes: Buffer, _: BufferEncoding, written: () => void): void {
    this.answer += bytes.toString('latin1');
    written();
  }
}

/** Whether somebody who does everything right is let in. */
async function connects(server: LinkServer, token: string | null = 'secret'): Promise<boolean> {
  const channel = await connectChannel({ url: server.url, endpoint: 'control', token });
  return new Promise((resolve) => {
    channel.start({ onMessage: () => {}, onClose: ({ name }) => resolve(name === 'done') });
    channel.close('done');
  });
}

describe('LinkServer', () => {
  it.each([
    ['no token', upgrade('/v1/control', subprotocol), 401, 'wrongToken'],
    ['a wrong token', upgrade('/v1/control', subprotocol, 'Authorization: Bearer Secret'), 401, 'wrongToken'],
    [
      'the token as another scheme',
      upgrade('/v1/control', subprotocol, 'Authorization: Basic secret'),
      401,
      'wrongToken',
    ],
    ['the token in the query', upgrade('/v1/control?token=secret', subprotocol), 401, 'wrongToken'],
    ['no subprotocol', upgrade('/v1/control', bearer), 400, 'wrongSubprotocol'],
    [
      'another version',
      upgrade('/v1/control', bearer, 'Sec-WebSocket-Protocol: gradsocket.v2'),
      400,
      'wrongSubprotocol',
    ],
    ['a path that is not served', upgrade('/v1/contro', bearer, subprotocol), 404, 'noEndpoint'],
    [
      'a broken key',
      upgrade('/v1/control', bearer, subprotocol).replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'),
      400,
      'badUpgrade',
    ],
    [
      'an upgrade to something else',
      upgrade('/v1/control', bearer, subprotocol).replace('websocket', 'h2c'),
      400,
      'badUpgrade',
    ],
    ['random bytes', '\x16\x03\x01\xff\x00random', 400, 'badHttp'],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 400, 'badHttp'],
  ])('answers %s with a status, counts it, and goes on', async (_, request, status, why) => {
    const { server, turnedAway, channels } = await startServer();
    const socket = await dial(server);
    socket.write(request, 'latin1');
    expect(await restOf(socket)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(turnedAway.all).toEqual([why]);
    expect(channels.all).toEqual([]);
    await expect(connects(server, 'secret')).resolves.toBe(true);
  });

  it('cuts off a client that connects and says nothing', async () => {
    const { server, turnedAway } = await startServer({ handshakeMs: 40 });
    await restOf(await dial(server));
    expect(turnedAway.all).toEqual(['badHttp']);
  });

  it('cuts off a client that sends its headers byte by byte', async () => {
    const { server, turnedAway } = await startServer({ handshakeMs: 60 });
    const socket = await dial(server);
    const drip = setInterval(() => socket.write('x'), 10);
    socket.write('GET / HTTP/1.1\r\nX: ');
    await restOf(socket);
    clearInterval(drip);
    expect(turnedAway.all).toEqual(['badHttp']);
  });

  it('refuses one connection more than there may be, and takes it when another has gone', async () => {
    const { server, closed, turnedAway } = await startServer({ maxConnections: 1 });
    const first = await connectChannel({ url: server.url, endpoint: 'data', token: 'secret' });
    first.start({ onMessage: () => {}, onClose: () => {} });
    await expect(connects(server)).rejects.toMatchObject({ code: 'UNREACHABLE', exitCode: 75 });
    expect(turnedAway.all).toEqual(['tooManyConnections']);
    first.close('done');
    await closed.first();
    await expect(connects(server)).resolves.toBe(true);
  });

  it('lets members and health in while strangers hold more connections than there may be', async () => {
    const { server, turnedAway } = await startServer({
      maxStrangers: { all: 8, ofOneAddress: 8 },
      maxConnections: 2,
      onRequest: (_, response) => void response.end('ok'),
    });
    const silent = await Promise.all(Array.from({ length: 100 }, () => dial(server)));
    await expect(connects(server)).resolves.toBe(true);
    expect(await (await fetch(`${server.url.replace('ws:', 'http:')}/healthz`)).text()).toBe('ok');
    const held = silent.filter((socket) => !socket.destroyed);
    expect(held.length).toBeLessThanOrEqual(8);
    expect(new Set(turnedAway.all)).toEqual(new Set(['crowdedOut']));
  });

  it('keeps a member whatever number of strangers comes', async () => {
    const { server, closed } = await startServer({ maxStrangers: { all: 2, ofOneAddress: 2 } });
    const member = await connectChannel({ url: server.url, endpoint: 'data', token: 'secret' });
    member.start({ onMessage: () => {}, onClose: () => {} });
    for (let n = 0; n < 20; n++) await dial(server);
    expect(closed.all).toEqual([]);
    member.close('done');
    expect(await closed.first()).toMatchObject([{ name: 'done' }]);
  });

  it('does not wait for ever for who asks and does not read the answer', async () => {
    const givenUp = new Happenings<true>();
    const { server } = await startServer({
      handshakeMs: 40,
      onRequest: (_, response) => {
        response.once('close', () => givenUp.add(true));
        response.end(Buffer.alloc(64 * 1024 * 1024));
      },
    });
    const socket = await dial(server);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await givenUp.first();
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(64 * 1024 * 1024);
  });

  it('answers 64 at a time: for one more, the one is given up that has asked for longest', async () => {
    const asked = new Happenings<unknown>();
    // Nobody is answered, nor given up for being slow.
    const { server, turnedAway } = await startServer({ onRequest: asked.add, handshakeMs: 600_000 });
    const ask = async (): Promise<Socket> => {
      const socket = await dial(server);
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await asked.first(asked.all.length + 1);
      return socket;
    };
    const visitors: Socket[] = [];
    while (visitors.length < 64) visitors.push(await ask());
    expect(turnedAway.all).toEqual([]);
    const [oldest, ...others] = visitors;
    const gone = once(oldest!, 'close');
    others.push(await ask());
    await gone;
    expect(turnedAway.all).toEqual(['crowdedOut']);
    expect(others.filter(({ destroyed }) => destroyed)).toEqual([]);
  });

  it('closes a WebSocket by the header alone of a frame of 2 GiB', async () => {
    const { server, turnedAway } = await startServer();
    const socket = await dial(server);
    socket.write(upgrade('/v1/control', subprotocol, bearer));
    await once(socket, 'data');
    socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4]));
    const answer = await restOf(socket);
    expect(Buffer.from(answer, 'latin1').readUInt16BE(2)).toBe(1009);
    expect(turnedAway.all).toEqual(['frameTooLarge']);
  });

  it('ends a flood of pings by one that never reads, and keeps nothing of it', async () => {
    const { server, turnedAway, channels } = await startServer();
    const socket = await dial(server);
    socket.write(upgrade('/v1/control', subprotocol, bearer));
    await channels.first();
    socket.pause();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
    socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => ping)));
    socket.resume();
    await closed;
    expect(turnedAway.all).toEqual(['refused']);
  });

  describe('who has flooded it again and again', () => {
    // Of the server: what waits for time to pass here does so until it is told that it has. Sockets have timers of their own.
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    const path = '/v1/data';
    const come = (server: LinkServer): Promise<Socket> => dialAndSay(server, upgrade(path, subprotocol, bearer));

    /** A server whose next data connection waits for an eighth of a second. */
    async function flooded(options: Parameters<typeof startServer>[0] = {}) {
      const started = await startServer(options);
      const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
      for (let n = 0; n < 5; n++) {
        const socket = await come(started.server);
        await started.channels.first(n + 1);
        socket.write(Buffer.concat(Array.from({ length: 65 }, () => ping)));
        await restOf(socket);
      }
      expect(started.turnedAway.all).toEqual(Array.from({ length: 5 }, () => 'refused'));
      return started;
    }

    /** Answered after what came before it was heard. */
    async function heard(server: LinkServer): Promise<void> {
      const socket = await dial(server);
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      expect(await restOf(socket)).toMatch(/^HTTP\/1\.1 404 /);
    }

    it('waits, and of them no more than 64, whom no stranger crowds out', async () => {
      // As many may come as wait, and one more.
      const { server, turnedAway, channels } = await flooded({ maxStrangers: { all: 65, ofOneAddress: 65 } });
      const held = await Promise.all(Array.from({ length: 64 }, () => come(server)));
      await heard(server);
      await dial(server);
      expect(await restOf(await come(server))).toMatch(/^HTTP\/1\.1 503 /);
      expect(turnedAway.all).not.toContain('crowdedOut');
      vi.advanceTimersByTime(124);
      await heard(server);
      expect([channels.all.length, held.filter((socket) => socket.destroyed).length]).toEqual([5, 0]);
      vi.advanceTimersByTime(1);
      await channels.first(5 + 64);
    });

    it('is not let in where the endpoint is another one by then', async () => {
      const { server, channels } = await flooded();
      const answer = restOf(await come(server));
      await heard(server);
      server.remove(path);
      server.acceptChannels('data', 'another', channels.add);
      vi.advanceTimersByTime(125);
      expect(await answer).toBe('');
      expect(channels.all).toHaveLength(5);
    });

    it('is cut off when the server closes, which does not wait for it', async () => {
      const { server, channels } = await flooded();
      const answer = restOf(await come(server));
      await heard(server);
      await server.close();
      expect(await answer).toBe('');
      expect(channels.all).toHaveLength(5);
    });
  });

  it('answers a hundred in a second whom it refuses, and cuts off the others', async () => {
    const { server, turnedAway } = await startServer();
    const http = await httpOf(server);
    const upgraded = once(http, 'upgrade');
    await restOf(await dialAndSay(server, upgrade('/v1/nothing')));
    const [request] = (await upgraded) as [IncomingMessage];
    // In which it has answered nobody.
    const second = Math.ceil(performance.now()) + 1_000;
    const now = vi.spyOn(performance, 'now').mockReturnValue(second);
    onTestFinished(() => now.mockRestore());
    const answers = (count: number, come: (socket: AnsweredSocket) => void): string[] =>
      Array.from({ length: count }, () => {
        const socket = new AnsweredSocket();
        come(socket);
        return socket.answer.slice(9, 12);
      });
    const askForNothing = (socket: Duplex) => http.emit('upgrade', request, socket, Buffer.alloc(0));
    const makeNoise = (socket: Duplex) => http.emit('clientError', new Error('no HTTP'), socket);
    expect(answers(99, askForNothing)).toEqual(Array.from({ length: 99 }, () => '404'));
    expect(answers(2, makeNoise)).toEqual(['400', '']);
    expect(answers(1, askForNothing)).toEqual(['']);
    now.mockReturnValue(second + 1_000);
    expect(answers(1, askForNothing)).toEqual(['404']);
    expect(turnedAway.all).toHaveLength(1 + 99 + 2 + 1 + 1);
  });

  it('has 1,024 connections at most where nobody says how many', async () => {
    const { server, closed, turnedAway } = await startServer();
    const http = await httpOf(server);
    const upgraded = once(http, 'upgrade');
    await connects(server);
    await closed.first();
    const [request] = (await upgraded) as [IncomingMessage];
    // At the other end of so many real ones somebody would have to be.
    const answers = Array.from({ length: 1025 }, () => {
      const socket = new AnsweredSocket();
      onTestFinished(() => void socket.destroy());
      http.emit('upgrade', request, socket, Buffer.alloc(0));
      return socket.answer.slice(9, 12);
    });
    expect(answers).toEqual([...Array.from({ length: 1024 }, () => '101'), '503']);
    expect(turnedAway.all).toEqual(['tooManyConnections']);
    // Besides, all who are not in yet, or ask for a page.
    expect(http.maxConnections).toBeGreaterThan(1024 + 64);
  });

  it('gives a peer 10 s for its handshake where nobody says how long', async () => {
    const { server } = await startServer();
    const http = await httpOf(server);
    expect([http.headersTimeout, http.requestTimeout]).toEqual([10_000, 10_000]);
  });

  it.each(['X-Forwarded-For', 'X-Real-IP', 'Via', 'Forwarded'])(
    'lets nobody in for whom a proxy asks (%s) where there is no token',
    async (name) => {
      const { server, turnedAway } = await startServer({}, null);
      const proxied = new WebSocket(`${server.url}/v1/control`, 'gradsocket.v1', { headers: { [name]: '10.0.0.7' } });
      const [error] = (await once(proxied, 'error')) as [Error];
      proxied.terminate();
      expect(error.message).toContain('403');
      expect(turnedAway.all).toEqual(['foreignOrigin']);
    },
  );

  it('says to whom it has refused so what to do', async () => {
    const { server } = await startServer({}, null);
    const asked = { url: server.url, path: '/v1/control', credential: null, maxPayload: 100, who: 'the coordinator' };
    await expect(connectSocket({ ...asked, ws: { origin: 'http://evil.example' } })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      exitCode: 78,
      message: expect.stringContaining('give both the same --token') as unknown,
    });
  });

  it('takes its own protocol among others that are offered', async () => {
    const { server, channels } = await startServer();
    const socket = await dial(server);
    socket.write(upgrade('/v1/control', bearer, 'Sec-WebSocket-Protocol: gradsocket.v2, gradsocket.v1'));
    await channels.first();
    expect(String(((await once(socket, 'data')) as [Buffer])[0])).toMatch(
      /sec-websocket-protocol: gradsocket\.v1\r\n/i,
    );
  });

  it('counts who is ended for what it did, not who goes and whom it lets go in peace', async () => {
    const { server, channels, closed, turnedAway } = await startServer();
    const join = async () => {
      const channel = await connectChannel({ url: server.url, endpoint: 'control', token: 'secret' });
      channel.start({ onMessage: () => {}, onClose: () => {} });
      return channel;
    };
    // It says that we sent what is no message.
    (await join()).close('malformed');
    await closed.first(1);
    for (const [n, name] of (['full', 'unresponsive'] as const).entries()) {
      await join();
      (await channels.first(n + 2)).at(-1).close(name);
      await closed.first(n + 2);
    }
    expect(turnedAway.all).toEqual(['unresponsive']);
  });

  it('does not let proxies use a server without a token', async () => {
    const { server, turnedAway } = await startServer({}, null);
    const socket = await dial(server);
    socket.write(upgrade('/v1/control', subprotocol, 'X-Forwarded-For: 10.0.0.7'));
    expect(await restOf(socket)).toMatch(/^HTTP\/1\.1 403 /);
    expect(turnedAway.all).toEqual(['foreignOrigin']);
  });

  it('does not let web pages use a server without a token', async () => {
    const { server, turnedAway } = await startServer({}, null);
    const page = new WebSocket(`${server.url}/v1/control`, 'gradsocket.v1', { origin: 'http://evil.example' });
    const [error] = (await once(page, 'error')) as [Error];
    page.terminate();
    expect(error.message).toContain('403');
    expect(turnedAway.all).toEqual(['foreignOrigin']);
    await expect(connects(server, null)).resolves.toBe(true);
  });

  it('lets in a worker with the whole token, and nobody with what is near it', async () => {
    const { server } = await startServer();
    for (const token of ['s', 'se', 'sec', 'secr', 'secre', 'ecret', 'secretx', 'xsecret', 'Secret']) {
      await expect(connects(server, token), token).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
    }
    await expect(connects(server, 'secret')).resolves.toBe(true);
  });

  it('demands a token on an address that others reach', async () => {
    const server = await LinkServer.listen({ listen: { host: '0.0.0.0', port: 0 } });
    try {
      expect(() => server.acceptChannels('control', null, () => {})).toThrow(
        expect.objectContaining({ code: 'TOKEN_REQUIRED', exitCode: 78 }),
      );
    } finally {
      await server.close();
    }
  });

  it('says which port is taken', async () => {
    const { server } = await startServer();
    await expect(LinkServer.listen({ listen: { host: '127.0.0.1', port: server.port } })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      exitCode: 78,
      message: `Cannot listen on 127.0.0.1:${server.port}: another program does. Choose another port with --listen.`,
    });
  });

  it('refuses a certificate that is none', async () => {
    await expect(
      LinkServer.listen({ listen: { host: '127.0.0.1', port: 0 }, tls: { cert: 'none', key: 'none' } }),
    ).rejects.toMatchObject({ code: 'BAD_CERTIFICATE', exitCode: 78 });
  });

  it('answers plain HTTP beside the endpoints', async () => {
    const { server } = await startServer({ onRequest: (_, response) => void response.end('metrics') });
    const answer = await fetch(server.url.replace('ws:', 'http:'));
    expect(await answer.text()).toBe('metrics');
  });

  it('hands out sockets to whom a key admits, with nothing lost that they send at once', async () => {
    const { server, turnedAway } = await startServer();
    const opened = new Happenings<{ ws: WebSocket; url: string | undefined }>();
    server.acceptSockets('/v1/peer', {
      maxPayload: 1 << 20,
      admit: (credential) => credential === 'key of generation 2',
      onSocket: (ws, _, request) => opened.add({ ws, url: request.url }),
    });
    const connectPeer = (credential: string) =>
      connectSocket({ url: server.url, path: '/v1/peer?rank=1', credential, maxPayload: 1 << 20, who: 'worker 1' });
    await expect(connectPeer('key-of-generation-1')).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
    expect(turnedAway.all).toEqual(['wrongToken']);
    server.remove('/v1/peer');
    server.acceptSockets('/v1/peer', {
      maxPayload: 1 << 20,
      admit: (credential) => credential === 'key-of-generation-2',
      onSocket: (ws, _, request) => opened.add({ ws, url: request.url }),
    });
    const { ws } = await connectPeer('key-of-generation-2');
    ws.send(Buffer.of(1, 2, 3));
    const [peer] = await opened.first();
    expect(peer!.url).toBe('/v1/peer?rank=1');
    ws.resume();
    const message = once(peer!.ws, 'message');
    peer!.ws.resume();
    expect((await message)[0]).toEqual(Buffer.of(1, 2, 3));
  });

  it('loses nothing that a socket sends with its handshake, whenever somebody listens', async () => {
    const { server } = await startServer();
    const opened = new Happenings<WebSocket>();
    server.acceptSockets('/v1/peer', { maxPayload: 100, admit: () => true, onSocket: opened.add });
    const socket = await dial(server);
    const frame = Buffer.of(0x82, 0x83, 0, 0, 0, 0, 1, 2, 3);
    socket.write(Buffer.concat([Buffer.from(upgrade('/v1/peer', subprotocol, bearer)), frame]));
    const [peer] = await opened.first();
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    const message = once(peer!, 'message');
    peer!.resume();
    expect((await message)[0]).toEqual(Buffer.of(1, 2, 3));
  });

  it('tells everybody when it closes, and does not wait for who does not listen', async () => {
    const { server, channels } = await startServer();
    const worker = await connectChannel({ url: server.url, endpoint: 'control', token: 'secret' });
    const closed = new Happenings<unknown>();
    worker.start({ onMessage: () => {}, onClose: closed.add });
    await channels.first();
    await server.close();
    expect(await closed.first()).toMatchObject([{ by: 'peer', name: 'goingAway' }]);
    await expect(connectChannel({ url: server.url, endpoint: 'control', token: 'secret' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });
});
