import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { SocketLink } from '../../src/collective/socket-link.ts';
import { CHUNK_HEAD_BYTES, type ChunkHead, decodeChunkHead } from '../../src/shared/protocol/chunk.ts';

it('says something every 5 s while nothing else is said, so that no proxy takes it for dead', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ws = Object.assign(new EventEmitter(), { OPEN: 1, readyState: 1, bufferedAmount: 0, ping: vi.fn() });
  const socket = { setNoDelay: () => undefined, setKeepAlive: () => undefined };
  const sink = { place: () => 'drop' as const, arrived: () => undefined, lost: () => undefined };
  const link = new SocketLink({
    ws: ws as unknown as WebSocket,
    socket: socket as unknown as Socket,
    sink,
    maxData: 100,
    reader: null,
  });
  expect(link).toBeDefined();
  vi.advanceTimersByTime(60_000);
  expect(ws.ping).toHaveBeenCalledTimes(12);
  ws.bufferedAmount = 1;
  vi.advanceTimersByTime(60_000);
  expect(ws.ping).toHaveBeenCalledTimes(12);
  ws.bufferedAmount = 0;
  ws.emit('close', 1000, Buffer.alloc(0));
  vi.advanceTimersByTime(60_000);
  expect(ws.ping).toHaveBeenCalledTimes(12);
});

describe('bits that turn over on the way', () => {
  const head: ChunkHead = {
    generation: 3,
    step: 7,
    phase: 'rs',
    bucket: 1,
    contribution: 2,
    owner: 1,
    chunk: 4,
    bytes: 32,
  };
  const data = Uint8Array.from({ length: 32 }, (_, at) => at * 7);

  function linkOn(socket: object, checked?: boolean) {
    const frames: Buffer[] = [];
    const ws = Object.assign(new EventEmitter(), {
      send: (bytes: Uint8Array) => void frames.push(Buffer.from(bytes)),
      close: vi.fn(),
      terminate: vi.fn(),
      pause: () => undefined,
      resume: () => undefined,
    });
    const still = () => undefined;
    const sink = { place: vi.fn(() => new Uint8Array(32)), arrived: vi.fn(), lost: vi.fn() };
    const link = new SocketLink({
      ws: ws as unknown as WebSocket,
      socket: Object.assign(socket, {
        setNoDelay: still,
        setKeepAlive: still,
        cork: still,
        uncork: still,
      }) as unknown as Socket,
      sink,
      maxData: 100,
      reader: null,
      ...(checked === undefined ? {} : { checked }),
    });
    onTestFinished(() => link.close('done'));
    return { link, ws, sink, frames };
  }

  it('end the connection, with the chunk that they are in, and none of it counts as arrived', () => {
    const sender = linkOn({}, true);
    sender.link.send(head, data, () => undefined);
    const message = Buffer.concat(sender.frames);
    for (let bit = CHUNK_HEAD_BYTES * 8; bit < message.length * 8; bit++) {
      const wrong = Buffer.from(message);
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      const { ws, sink } = linkOn({});
      ws.emit('message', [wrong], true);
      expect(sink.arrived).not.toHaveBeenCalled();
      expect(sink.lost).toHaveBeenCalledExactlyOnceWith(
        'it broke the protocol: Bits turned over on the way, in rs chunk 4 (contribution 2) of bucket 1 for owner 1, step 7, 32 bytes.',
        false,
      );
    }
    const { ws, sink } = linkOn({});
    ws.emit('message', [message], true);
    expect(sink.arrived).toHaveBeenCalledOnce();
  });

  it.each([
    ['from another machine', { remoteAddress: '::ffff:10.1.2.3' }, true],
    ['from this machine', { remoteAddress: '127.0.0.1' }, false],
    ['by TLS, which has its own', Object.create(TLSSocket.prototype, { remoteAddress: { value: '10.1.2.3' } }), false],
  ] as const)('are looked for where the peer comes %s', (_, socket: object, checked) => {
    const { link, frames } = linkOn(socket);
    link.send(head, data, () => undefined);
    expect('crc' in decodeChunkHead(frames[0]!)).toBe(checked);
  });
});
