import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChunkSink } from '../../src/collective/chunk-link.ts';
import { dial, type DialOptions } from '../../src/collective/dial.ts';
import { GradsocketError } from '../../src/shared/errors.ts';
import type { ConnectSocketOptions } from '../../src/shared/link/connect.ts';
import { ATTACH } from '../../src/shared/protocol/chunk.ts';
import { FakeSocket } from './fake-socket.ts';

/** What becomes of attempts, one after the other; then all come through. */
const failures = vi.hoisted(() => [] as Error[]);
const attempts = vi.hoisted(() => [] as unknown[]);
const delays = vi.hoisted(() => [] as number[]);
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, _: unknown, { signal }: { readonly signal: AbortSignal }) => {
    delays.push(ms);
    signal.throwIfAborted();
    return Promise.resolve();
  },
}));
vi.mock('../../src/shared/link/connect.ts', () => ({
  connectSocket: (options: unknown) => {
    attempts.push(options);
    const failure = failures.shift();
    return failure === undefined ? Promise.resolve({ ws: open.ws, socket: open.socket }) : Promise.reject(failure);
  },
}));

const unreachable = () => new GradsocketError('UNREACHABLE', 75, 'nothing listens there');
let open: FakeSocket;
beforeEach(() => {
  for (const list of [failures, attempts, delays]) list.length = 0;
  open = new FakeSocket();
});

const sink = { place: () => 'drop', arrived: () => undefined, lost: () => undefined } as unknown as ChunkSink;
const options = (more: Partial<DialOptions> = {}): DialOptions => ({
  ...{ url: 'ws://10.0.0.7:7000', path: '/v1/peer?rank=1', key: 'the key', who: 'rank 0 (a)' },
  ...{ sink, maxData: 4096, signal: new AbortController().signal },
  ...more,
});

describe('dialling', () => {
  it('shows the key, takes no larger frame than a chunk with its head, and attaches', async () => {
    const trust = { ca: 'a certificate' };
    const { signal } = new AbortController();
    await dial(options({ trust, signal }));
    const shown = { url: 'ws://10.0.0.7:7000', path: '/v1/peer?rank=1', credential: 'the key', who: 'rank 0 (a)' };
    expect(attempts).toEqual([expect.objectContaining({ ...shown, maxPayload: 4096 + 64, trust, signal })]);
    expect(open.sent).toEqual([ATTACH]);
    expect(open.resumed).toBe(1);
    expect(delays).toEqual([]);
  });

  it.each([
    ['ws://10.0.0.7:7000', true],
    ['wss://10.0.0.7:7000', false],
  ])('places what comes where it belongs only where nothing is encrypted: %s', async (url, placing) => {
    await dial(options({ url }));
    const { ws } = attempts[0] as ConnectSocketOptions;
    expect(typeof ws?.createConnection).toBe(placing ? 'function' : 'undefined');
    // Not looked at, as it is all numbers.
    expect(ws?.skipUTF8Validation).toBe(true);
  });

  it('tries again until somebody is there, soon at first, then every half second, and says what keeps it', async () => {
    const all = Array.from({ length: 9 }, unreachable);
    failures.push(...all);
    const told: Error[] = [];
    await dial(options({ onAttempt: (error) => told.push(error) }));
    expect(delays).toEqual([20, 40, 80, 160, 320, 500, 500, 500, 500]);
    expect(attempts).toHaveLength(10);
    expect(told).toEqual(all);
  });

  it('needs nobody who hears of it', async () => {
    failures.push(unreachable());
    await dial(options());
    expect(attempts).toHaveLength(2);
  });

  it('ends with the reason once it is given up, whether in an attempt or between two', async () => {
    const why = new Error('the generation is over');
    const inAttempt = new AbortController();
    failures.push(...Array.from({ length: 3 }, unreachable));
    const told: Error[] = [];
    const first = dial(options({ signal: inAttempt.signal, onAttempt: (error) => told.push(error) }));
    inAttempt.abort(why);
    await expect(first).rejects.toBe(why);
    expect([attempts.length, told, delays]).toEqual([1, [], []]);

    const between = new AbortController();
    const second = dial(options({ signal: between.signal, onAttempt: () => between.abort(why) }));
    await expect(second).rejects.toBe(why);
    expect([attempts.length, delays]).toEqual([2, [20]]);
  });

  it('does not try again after a mistake of its own', async () => {
    const mistake = new TypeError('undefined is not a function');
    failures.push(mistake);
    await expect(dial(options())).rejects.toBe(mistake);
    expect(attempts).toHaveLength(1);
  });
});
