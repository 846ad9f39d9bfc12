import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failedWith } from '../../../src/shared/link/connect-failure.ts';
import { connectChannel, connectSocket } from '../../../src/shared/link/connect.ts';
import { ENDPOINTS } from '../../../src/shared/link/endpoints.ts';
import { workerCodec } from '../../../src/shared/protocol/codec.ts';
import { SUBPROTOCOL } from '../../../src/shared/protocol/shared.ts';
import { startServer } from './server.ts';

const connectTo = (url: string, token: string | null = 'secret', handshakeMs = 5_000) =>
  connectChannel({ url, endpoint: 'control', token, handshakeMs });

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('connectChannel', () => {
  it('says that nothing listens there', async () => {
    const server = createTcpServer();
    const url = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(connectTo(url)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      exitCode: 75,
      message: `Cannot reach the coordinator at ${url}: nothing listens there.`,
    });
  });

  it('says behind which addresses of a name nobody was found, each once, and none that stands there', () => {
    const refused = (address: string) => Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address });
    const several = Object.assign(new AggregateError(['::1', '127.0.0.1', '::1'].map(refused)), {
      code: 'ECONNREFUSED',
    });
    const told = (url: string, error: Error) => failedWith({ who: 'the coordinator', url }, error).message;
    expect(told('ws://localhost:7070', several)).toMatch(/: nothing listens there \(::1, 127\.0\.0\.1\)\.$/);
    expect(told('ws://train:7070', refused('10.0.0.9'))).toMatch(/: nothing listens there \(10\.0\.0\.9\)\.$/);
    expect(told('ws://[::1]:7070', refused('::1'))).toMatch(/: nothing listens there\.$/);
    const silent = Object.assign(new Error('late'), { code: 'ETIMEDOUT', address: '10.0.0.9' });
    expect(told('ws://train:7070', silent)).toMatch(/: it does not answer \(10\.0\.0\.9\)\.$/);
  });

  it('gives each address of a host time to answer over a long line', async () => {
    const { server } = await startServer();
    const asked: NetConnectOpts[] = [];
    const createConnection = (options: NetConnectOpts): Socket => {
      asked.push(options);
      return connect(options);
    };
    const { ws } = await connectSocket({
      url: server.url,
      path: ENDPOINTS.control.path,
      credential: 'secret',
      maxPayload: 1024,
      who: 'the coordinator',
      ws: { createConnection: createConnection as typeof connect },
    });
    ws.terminate();
    expect(asked).toEqual([expect.objectContaining({ autoSelectFamilyAttemptTimeout: 1_500 })]);
  });

  it('says that the token is wrong', async () => {
    const { server } = await startServer();
    for (const token of ['guess', null]) {
      await expect(connectTo(server.url, token)).rejects.toMatchObject({
        code: 'WRONG_TOKEN',
        exitCode: 78,
        message: `The coordinator at ${server.url} refuses the token: give the same --token (or GRADSOCKET_TOKEN) to both.`,
      });
    }
  });

  it('names both versions when the coordinator speaks another one', async () => {
    const http = createServer();
    http.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\nx-gradsocket-protocol: gradsocket.v2\r\nContent-Length: 0\r\n\r\n');
    });
    const url = await listening(http);
    await expect(connectTo(url)).rejects.toMatchObject({
      code: 'PROTOCOL_VERSION',
      exitCode: 78,
      message: `The coordinator at ${url} speaks gradsocket.v2, this program gradsocket.v1: install the same gradsocket on both.`,
    });
  });

  it.each([429, 502, 503, 504])(
    'tries again where a proxy says %i: the coordinator behind it may be starting',
    async (status) => {
      const url = await listening(createServer((_, response) => void response.writeHead(status).end()));
      await expect(connectTo(url)).rejects.toMatchObject({ code: 'UNREACHABLE', exitCode: 75 });
    },
  );

  it('asks below the path of a proxy', async () => {
    const asked: (string | undefined)[] = [];
    const http = createServer();
    http.on('upgrade', (request, socket) => {
      asked.push(request.url);
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    });
    const url = await listening(http);
    for (const prefix of ['', '/', '/train', '/a/b/']) await connectTo(url + prefix).catch(() => undefined);
    expect(asked).toEqual(['/v1/control', '/v1/control', '/train/v1/control', '/a/b/v1/control']);
  });

  it('recognises a web server that is not ours', async () => {
    const url = await listening(createServer((_, response) => void response.writeHead(404).end()));
    await expect(connectTo(url)).rejects.toMatchObject({ code: 'NOT_GRADSOCKET', exitCode: 78 });
  });

  it('recognises a WebSocket server that is not ours', async () => {
    const { WebSocketServer } = await import('ws');
    const http = createServer();
    const foreign = new WebSocketServer({ server: http, handleProtocols: () => false });
    expect(foreign.options.server).toBe(http);
    await expect(connectTo(await listening(http))).rejects.toMatchObject({ code: 'NOT_GRADSOCKET', exitCode: 78 });
  });

  it('sends bytes as they are, for masks would cost both sides a look at each of them', async () => {
    const { WebSocketServer } = await import('ws');
    const http = createServer();
    const server = new WebSocketServer({ server: http, handleProtocols: () => SUBPROTOCOL });
    const message = { type: 'healed', step: 123_456 } as const;
    const bytes = Buffer.from(workerCodec.encode(message));
    const arrived = new Promise<Buffer>((resolve) => {
      server.on('connection', (_, { socket }) => {
        let all = Buffer.alloc(0);
        // Before ws, which unmasks in place.
        socket.prependListener('data', (chunk: Buffer) => {
          all = Buffer.concat([all, chunk]);
          // A header of two bytes and the mask come first.
          if (all.length >= 6 + bytes.length) resolve(all.subarray(6));
        });
      });
    });
    const channel = await connectTo(await listening(http));
    channel.start({ onMessage: () => undefined, onClose: () => undefined });
    channel.send(message);
    expect(await arrived).toEqual(bytes);
    for (const client of server.clients) client.terminate();
  });

  it('recognises a server that does not speak HTTP', async () => {
    const url = await listening(
      createTcpServer((socket) => void socket.on('error', () => {}).end('220 mail.example ESMTP\r\n')),
    );
    await expect(connectTo(url)).rejects.toMatchObject({ code: 'NOT_GRADSOCKET', exitCode: 78 });
  });

  it('gives up a server that takes the connection and says nothing', async () => {
    const url = await listening(createTcpServer((socket) => onTestFinished(() => void socket.destroy())));
    await expect(connectTo(url, 'secret', 50)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `Cannot reach the coordinator at ${url}: it does not answer.`,
    });
  });

  it('stops connecting when told to', async () => {
    const url = await listening(createTcpServer((socket) => onTestFinished(() => void socket.destroy())));
    const abort = new AbortController();
    const connecting = connectChannel({ url, endpoint: 'control', token: null, signal: abort.signal });
    abort.abort(new Error('interrupted'));
    await expect(connecting).rejects.toThrow('interrupted');
  });

  it.each(['10.0.0.1:4000', 'http://host:1', 'ws://', 'ws://user@host:1', 'ws://host:1?x', 'nonsense'])(
    'refuses the address %s',
    async (url) => {
      await expect(connectTo(url)).rejects.toMatchObject({ code: 'BAD_URL', exitCode: 64 });
    },
  );

  it('refuses a token that no header can carry', async () => {
    await expect(connectTo('ws://127.0.0.1:9', 'two words')).rejects.toMatchObject({ code: 'BAD_TOKEN', exitCode: 78 });
  });
});
