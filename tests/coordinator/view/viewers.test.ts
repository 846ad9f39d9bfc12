import { EventEmitter } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { ViewSource } from '../../../src/coordinator/view/compose.ts';
import type { LiveMessage } from '../../../src/coordinator/view/view.ts';
import { Viewers } from '../../../src/coordinator/view/viewers.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { stepLine, viewSource } from './view-source.ts';

class FakeSocket extends EventEmitter {
  readonly got: LiveMessage[] = [];
  bufferedAmount = 0;
  closed: number | null = null;
  pings = 0;

  send(text: string): void {
    this.got.push(JSON.parse(text) as LiveMessage);
  }
  close(code: number): void {
    this.closed = code;
    this.emit('close');
  }
  terminate(): void {
    this.close(1006);
  }
  ping(): void {
    this.pings++;
  }
  resume(): void {}

  get types(): readonly string[] {
    return this.got.map(({ type }) => type);
  }
}

afterEach(() => void vi.useRealTimers());

function watched(steps = 3) {
  // Only what a test says is told.
  vi.useFakeTimers();
  const { source, history } = viewSource(steps);
  const time = { now: 0 };
  const viewers = new Viewers({ source: () => Promise.resolve(source), now: () => time.now });
  const join = async (): Promise<FakeSocket> => {
    const socket = new FakeSocket();
    viewers.admit(socket as unknown as WebSocket);
    await vi.advanceTimersByTimeAsync(0);
    return socket;
  };
  return { viewers, history, time, join };
}

it('who comes gets the view, and then the news', async () => {
  const { viewers, history, join } = watched();
  const socket = await join();
  history.add(stepLine(4));
  await viewers.tell();
  expect(socket.types).toEqual(['view', 'news']);
  expect(socket.got[1]).toMatchObject({ news: { curve: { start: 2, points: [{ step: 3 }, { step: 4 }] } } });
  const late = await join();
  expect(late.types).toEqual(['view']);
  await viewers.tell();
  expect(late.types).toEqual(['view', 'news']);
});

it('who does not read gets nothing more, then all of it, and is given up in the end', async () => {
  const { viewers, history, time, join } = watched();
  const [slow, quick] = [await join(), await join()];
  slow.bufferedAmount = LIMITS.viewerBacklog + 1;
  for (let step = 4; step < 14; step++) {
    history.add(stepLine(step));
    await viewers.tell();
  }
  expect(slow.types.filter((type) => type === 'news').length).toBeLessThanOrEqual(1);
  expect(quick.types.filter((type) => type === 'news').length).toBe(10);
  slow.bufferedAmount = 0;
  await viewers.tell();
  expect(slow.got.at(-1)).toMatchObject({
    type: 'view',
    view: { curve: { points: expect.objectContaining({ length: 13 }) as unknown } },
  });
  slow.bufferedAmount = LIMITS.viewerBacklog + 1;
  await viewers.tell();
  time.now += LIMITS.silenceMs + 1;
  for (const socket of [slow, quick]) socket.emit('pong');
  await viewers.tell();
  expect([slow.closed, quick.closed]).toEqual([1006, null]);
  expect(viewers.size).toBe(1);
});

it('who has as much unread as it may still gets more, until it has one byte more, for half a minute and no longer', async () => {
  const { viewers, time, join, history } = watched();
  const socket = await join();
  let step = 3;
  const told = async (unread: number): Promise<number> => {
    const before = socket.got.length;
    socket.bufferedAmount = unread;
    history.add(stepLine(++step));
    socket.emit('pong');
    await viewers.tell();
    return socket.got.length - before;
  };
  expect([await told(524_288), await told(524_289)]).toEqual([1, 0]);
  time.now += 30_000;
  expect([await told(524_289), socket.closed]).toEqual([0, null]);
  time.now++;
  expect([await told(524_289), socket.closed]).toEqual([0, 1006]);
});

it('who is gone without a word is found out, and who says anything is sent away', async () => {
  const { viewers, time, join } = watched();
  const [dead, loud] = [await join(), await join()];
  loud.emit('message', 'stop');
  expect(loud.closed).toBe(1008);
  time.now += LIMITS.pingIntervalMs;
  await viewers.tell();
  expect(dead.pings).toBe(1);
  time.now += LIMITS.silenceMs;
  await viewers.tell();
  expect(dead.closed).toBe(1006);
});

it('so many may look and no more, and while nobody does nothing is done', async () => {
  const { viewers, join } = watched();
  const sockets = [];
  for (let n = 0; n < LIMITS.viewers; n++) sockets.push(await join());
  const refused = await join();
  expect(refused.closed).toBe(1013);
  // Until it is gone it may send what is no frame: that is its end, not ours.
  for (const socket of [refused, sockets.pop()!]) {
    expect(() => socket.emit('error', new Error('Invalid WebSocket frame'))).not.toThrow();
    expect(socket.closed).toBe(1006);
  }
  for (const socket of sockets) socket.close(1000);
  expect([viewers.size, vi.getTimerCount()]).toEqual([0, 0]);
});

it('who looks as it ends sees the end, also where something earlier was just being told', async () => {
  const { source: before } = viewSource(3);
  const after: ViewSource = { ...before, run: { ...before.run, state: 'finished' } };
  let answer = (): void => undefined;
  const slow = new Promise<ViewSource>((resolve) => (answer = () => resolve(before)));
  const source = vi.fn<() => Promise<ViewSource>>(() => Promise.resolve(after)).mockReturnValueOnce(slow);
  const viewers = new Viewers({ source });
  const socket = new FakeSocket();
  viewers.admit(socket as unknown as WebSocket);
  const closed = viewers.close();
  answer();
  await closed;
  expect(socket.types).toEqual(['view', 'news']);
  expect(socket.got[1]).toMatchObject({ news: { run: { state: 'finished' } } });
  expect(socket.closed).toBe(1001);
});
