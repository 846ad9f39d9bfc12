import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { answerPings } from '../../../src/shared/link/pings.ts';

/** A WebSocket whose peer reads only when it is told to. */
class Unread extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly answers: string[] = [];
  readonly unread: (() => void)[] = [];

  pong(data: Buffer, _: unknown, sent: () => void): void {
    this.answers.push(data.toString());
    this.unread.push(sent);
  }
}

function pinged() {
  const ws = new Unread();
  const clock = { now: 0 };
  let floods = 0;
  answerPings(ws as unknown as WebSocket, () => floods++, { now: () => clock.now });
  const ping = (text: string) => ws.emit('ping', Buffer.from(text));
  return { ws, ping, clock, floods: () => floods };
}

describe('a ping', () => {
  it('is answered', () => {
    const { ws, ping } = pinged();
    ping('a');
    ws.unread.shift()!();
    ping('b');
    expect(ws.answers).toEqual(['a', 'b']);
  });

  it('of one that does not read waits, and only the newest of those', () => {
    const { ws, ping } = pinged();
    for (const text of ['a', 'b', 'c', 'd']) ping(text);
    expect(ws.answers).toEqual(['a']);
    ws.unread.shift()!();
    expect(ws.answers).toEqual(['a', 'd']);
    ws.unread.shift()!();
    expect(ws.answers).toEqual(['a', 'd']);
  });

  it('is answered 64 times in 5 s, and not once more', () => {
    const { ws, ping, floods } = pinged();
    for (let n = 0; n < 65; n++) {
      ping(String(n));
      ws.unread.shift()?.();
    }
    expect([ws.answers.length, floods()]).toEqual([64, 1]);
  });

  it('too many in 5 s is a flood, told once and answered no more', () => {
    const { ws, ping, clock, floods } = pinged();
    for (let n = 0; n < 64; n++) ping('x');
    expect(floods()).toBe(0);
    for (let n = 0; n < 1000; n++) ping('x');
    expect([floods(), ws.answers.length]).toEqual([1, 1]);
    clock.now = 5_000;
    ping('x');
    expect(floods()).toBe(1);
  });

  it('and so are too many pongs', () => {
    const { ws, floods } = pinged();
    for (let n = 0; n < 65; n++) ws.emit('pong', Buffer.alloc(0));
    expect(floods()).toBe(1);
  });
});
