import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { SocketLink } from '../../src/collective/socket-link.ts';

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
