import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { type Closed, NETWORK_LOST } from '../../../src/shared/link/channel.ts';
import { connectChannel, connectSocket } from '../../../src/shared/link/connect.ts';
import { ENDPOINTS } from '../../../src/shared/link/endpoints.ts';
import { LinkServer } from '../../../src/shared/link/link-server.ts';
import { SocketChannel } from '../../../src/shared/link/socket-channel.ts';
import { coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';
import { Happenings, startServer } from './server.ts';

const hello = workerCodec.encode({
  type: 'hello',
  version: 1,
  name: 'n',
  engine: null,
  device: '',
  threads: 1,
  address: null,
});

/** A frame is read where it is refused for what it holds, not for its length. */
const READ = 4000;
const TOO_LARGE = 1009;

describe('the largest frame is read, and one byte more is not:', () => {
  async function closeCode(path: string, first: Uint8Array | null, bytes: number): Promise<number> {
    const { server } = await startServer();
    const { ws } = await connectSocket({ url: server.url, path, credential: 'secret', maxPayload: 100, who: 'it' });
    onTestFinished(() => ws.terminate());
    ws.on('error', () => {});
    ws.resume();
    if (first !== null) ws.send(first);
    ws.send(Buffer.alloc(bytes));
    const [code] = (await once(ws, 'close')) as [number];
    return code;
  }

  it.each([
    ['before hello', '/v1/control', null, 65_536],
    ['from a worker on the control endpoint', '/v1/control', hello, 2_097_152],
    ['from a worker on the data endpoint', '/v1/data', null, 524_288],
  ] as const)('%s', async (_, path, first, most) => {
    expect(await closeCode(path, first, most)).toBe(READ);
    expect(await closeCode(path, first, most + 1)).toBe(TOO_LARGE);
  });

  it.each([
    ['control', 33_554_432],
    ['data', 68_157_440],
  ] as const)('from the coordinator on the %s endpoint', async (endpoint, most) => {
    const server = await LinkServer.listen({ listen: { host: '127.0.0.1', port: 0 } });
    onTestFinished(() => server.close());
    // Of a frame that is too long the length alone is enough. Behind one that is not, its bytes are waited for, and none comes.
    for (const [bytes, end] of [
      [most, NETWORK_LOST],
      [most + 1, { by: 'us', name: 'frameTooLarge' }],
    ] as const) {
      const { path } = ENDPOINTS[endpoint];
      const header = Buffer.of(0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0);
      header.writeUInt32BE(bytes, 6);
      server.acceptSockets(path, {
        maxPayload: 100,
        admit: () => true,
        onSocket: (_, socket) => socket.end(header),
      });
      const channel = await connectChannel({ url: server.url, endpoint, token: null });
      const closed = new Happenings<Closed>();
      channel.start({ onMessage: () => {}, onClose: closed.add });
      expect(await closed.first()).toMatchObject([end]);
      server.remove(path);
    }
  });
});

/** A WebSocket on which nothing comes and from which nothing goes. */
class DeafSocket extends EventEmitter {
  bufferedAmount = 0;
  pings = 0;
  cut = false;
  closedWith: number | null = null;
  pause(): void {}
  resume(): void {}
  send(): void {}
  ping(): void {
    this.pings++;
  }
  close(code: number): void {
    this.closedWith = code;
  }
  terminate(): void {
    this.cut = true;
  }
}

function deafChannel(first: { readonly withinMs: number; readonly bytes: number } | null = null) {
  const ws = new DeafSocket();
  const line = { bytesRead: 0, bytesWritten: 0, writableLength: 0, remoteAddress: '10.0.0.9', remotePort: 1 };
  const ended: Closed[] = [];
  const channel = new SocketChannel(ws as unknown as WebSocket, line as unknown as Socket, coordinatorCodec, {
    first,
    onEnd: (closed) => ended.push(closed),
  });
  channel.start({ onMessage: () => {}, onClose: () => {} });
  return { ws, line, ended, channel };
}

describe('a peer is', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('asked for a sign of life every 5 s and given up after 30 s without a byte, not before', () => {
    const { ws, ended } = deafChannel();
    vi.advanceTimersByTime(4_999);
    expect(ws.pings).toBe(0);
    vi.advanceTimersByTime(1);
    expect(ws.pings).toBe(1);
    vi.advanceTimersByTime(24_999);
    expect([ws.pings, ended, ws.cut]).toEqual([5, [], false]);
    vi.advanceTimersByTime(1);
    expect(ended).toMatchObject([{ by: 'us', name: 'unresponsive', reason: 'nothing heard for 30 s' }]);
    expect(ws.cut).toBe(true);
  });

  it('kept by any byte, however late, for another 30 s', () => {
    const { line, ended } = deafChannel();
    for (let n = 0; n < 4; n++) {
      vi.advanceTimersByTime(29_000);
      expect(ended).toEqual([]);
      line.bytesRead++;
      vi.advanceTimersByTime(1_000);
    }
    vi.advanceTimersByTime(29_999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toHaveLength(1);
  });

  it('given up where it takes nothing for 30 s of what waits for it, though it sends', () => {
    const { ws, line, ended } = deafChannel();
    ws.bufferedAmount = 1;
    for (let n = 0; n < 6; n++) {
      expect(ended).toEqual([]);
      line.bytesRead++;
      vi.advanceTimersByTime(5_000);
    }
    vi.advanceTimersByTime(5_000);
    expect(ended).toMatchObject([{ by: 'us', name: 'slowReader' }]);
    expect(ws.cut).toBe(true);
  });

  it('given longer where more waits for it, as on a slow line', () => {
    const { ws, line, ended } = deafChannel();
    ws.bufferedAmount = 10 * 262_144;
    for (let n = 0; n < 7; n++) {
      line.bytesRead++;
      vi.advanceTimersByTime(5_000);
    }
    expect(ended).toEqual([]);
    for (let n = 0; n < 2; n++) {
      line.bytesRead++;
      vi.advanceTimersByTime(5_000);
    }
    expect(ended).toMatchObject([{ name: 'slowReader' }]);
  });

  it('given 10 s for its first message on the control endpoint', () => {
    const { ended, ws } = deafChannel(ENDPOINTS.control.first);
    vi.advanceTimersByTime(9_999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toMatchObject([{ name: 'helloTimeout', reason: 'no message within 10 s' }]);
    expect(ws.closedWith).toBe(4003);
  });

  it('cut off a second after our close frame, unless it still reads', () => {
    const { ws, channel } = deafChannel();
    ws.bufferedAmount = 100;
    channel.close('done');
    ws.bufferedAmount = 50;
    vi.advanceTimersByTime(1_000);
    expect(ws.cut).toBe(false);
    vi.advanceTimersByTime(999);
    expect(ws.cut).toBe(false);
    vi.advanceTimersByTime(1);
    expect(ws.cut).toBe(true);
  });
});

describe('what waits to be sent', () => {
  it('is too much above 128 MiB: whoever does not read it is cut off', () => {
    const { ws, channel, ended } = deafChannel();
    ws.bufferedAmount = 134_217_728;
    channel.send({ type: 'begin', generation: 1 });
    expect([ended, ws.cut]).toEqual([[], false]);
    ws.bufferedAmount++;
    channel.send({ type: 'begin', generation: 1 });
    expect(ended).toMatchObject([{ by: 'us', name: 'slowReader' }]);
    expect(ws.cut).toBe(true);
  });

  it('is a lot above 8 MiB, until half of it is gone', async () => {
    const { ws, channel } = deafChannel();
    ws.bufferedAmount = 8_388_608;
    await channel.drained();
    ws.bufferedAmount++;
    let drained = false;
    void channel.drained().then(() => {
      drained = true;
    });
    let sent = (): void => undefined;
    ws.send = (...args: unknown[]) => {
      sent = args[2] as () => void;
    };
    channel.send({ type: 'drain' });
    for (const [left, isDrained] of [
      [4_194_305, false],
      [4_194_304, true],
    ] as const) {
      ws.bufferedAmount = left;
      sent();
      await Promise.resolve();
      await Promise.resolve();
      expect(drained).toBe(isDrained);
    }
    channel.close('done');
  });

  it('is too much above 128 MiB: whoever does not read is disconnected', () => {
    const { ws, channel, ended } = deafChannel();
    ws.bufferedAmount = 134_217_728;
    channel.send({ type: 'drain' });
    expect(ended).toEqual([]);
    ws.bufferedAmount++;
    channel.send({ type: 'drain' });
    expect(ended).toMatchObject([{ name: 'slowReader' }]);
    expect(ws.cut).toBe(true);
  });
});
