import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AcceptOptions, acceptLinks, pathOfRank } from '../../src/collective/accept.ts';
import type { ChunkLink, ChunkSink } from '../../src/collective/chunk-link.ts';
import type { LinkServer } from '../../src/shared/link/link-server.ts';
import { ATTACH, encodeChunkHead } from '../../src/shared/protocol/chunk.ts';
import { FakeSocket } from './fake-socket.ts';

const KEY = 'S3cret-key_of~a!generation';
const PATH = '/v1/peer';
const MAX_DATA = 4096;
const HEAD_BYTES = 64;

type Served = Parameters<LinkServer['acceptSockets']>[1];

/** Twelve ranks are let in, each once, at a server that has no sockets of its own. */
function accepting(options: Partial<AcceptOptions> = {}) {
  const served = new Map<string, Served>();
  const links: [number, ChunkLink][] = [];
  const placed: number[] = [];
  const sink = { place: () => 'drop', lost: () => undefined } as unknown as ChunkSink;
  const stop = acceptLinks({
    server: {
      acceptSockets: (path: string, one: Served) => void served.set(path, one),
      remove: (path: string) => void served.delete(path),
    } as unknown as LinkServer,
    path: PATH,
    key: KEY,
    ranks: 12,
    maxData: MAX_DATA,
    admits: (rank) => links.every(([other]) => other !== rank),
    sinkOf: (rank) => ({ ...sink, place: () => (placed.push(rank), 'drop') }),
    onLink: (rank, link) => links.push([rank, link]),
    ...options,
  });
  const at = (query: string) => ({ url: `${PATH}${query}` }) as IncomingMessage;
  const { admit, onSocket, maxPayload } = served.get(PATH)!;
  return {
    served,
    links,
    placed,
    stop,
    maxPayload,
    admits: (credential: string | null, query: string) => admit(credential, at(query)),
    /** A connection of that rank, open and silent. */
    open: (rank: number): FakeSocket => {
      const one = new FakeSocket();
      onSocket(one.ws, one.socket, { url: pathOfRank(PATH, rank) } as IncomingMessage);
      return one;
    },
  };
}

const say = (one: FakeSocket, bytes: Uint8Array, isBinary = true) => one.emit('message', Buffer.from(bytes), isBinary);

describe('who is let in', () => {
  it('shows the whole key, and nothing besides', () => {
    const { admits } = accepting();
    expect(admits(KEY, '?rank=3')).toBe(true);
    for (let length = 0; length < KEY.length; length++) {
      const [begin, end] = [KEY.slice(0, length), KEY.slice(length + 1)];
      for (const wrong of [begin, `${begin}${end}`, `${begin}~~${end}`, KEY.slice(KEY.length - length)]) {
        if (admits(wrong, '?rank=3')) expect.fail(`it takes ${wrong}`);
      }
    }
    for (const wrong of [null, `${KEY}x`, `x${KEY}`, ` ${KEY}`, KEY.toUpperCase(), `${KEY}${KEY}`]) {
      expect(admits(wrong, '?rank=3')).toBe(false);
    }
  });

  it.each(['0', '1', '9', '10', '11', '011', '000011'])('is rank %s of twelve', (rank) => {
    const asked: number[] = [];
    const { admits } = accepting({ admits: (one) => asked.push(one) > 0 });
    expect(admits(KEY, `?rank=${rank}`)).toBe(true);
    expect(asked).toEqual([Number.parseInt(rank, 10)]);
  });

  it.each([
    '12',
    '13',
    '-1',
    '-0',
    '+1',
    '1e0',
    '0x1',
    '1.0',
    '.1',
    '%201',
    '1%20',
    '%0A1',
    '0000011',
    '',
    'one',
    'NaN',
  ])('is not rank "%s"', (rank) => {
    const { admits } = accepting({ admits: () => true });
    expect(admits(KEY, `?rank=${rank}`)).toBe(false);
  });

  it('says which rank it is', () => {
    const { admits } = accepting({ admits: () => true });
    for (const query of ['', '?', '?Rank=1', '?ranks=1', '#rank=1']) expect(admits(KEY, query)).toBe(false);
    expect(admits(KEY, pathOfRank(PATH, 7).slice(PATH.length))).toBe(true);
  });

  it('is expected', () => {
    const { admits } = accepting({ admits: (rank) => rank !== 3 });
    expect([2, 3, 4].map((rank) => admits(KEY, `?rank=${rank}`))).toEqual([true, false, true]);
  });

  it('sends no larger frame than a chunk with its head', () => {
    expect(accepting().maxPayload).toBe(MAX_DATA + HEAD_BYTES);
  });
});

describe('whoever is in', () => {
  it('has a link once it says `attach`, and chunks right behind that reach it', () => {
    const { open, links, placed } = accepting();
    const one = open(5);
    expect([one.resumed, links]).toEqual([1, []]);
    say(one, ATTACH);
    expect(links.map(([rank]) => rank)).toEqual([5]);
    const chunk = { generation: 1, step: 0, phase: 'rs', bucket: 0, contribution: 0, owner: 0, chunk: 0 } as const;
    one.emit('message', [Buffer.concat([encodeChunkHead({ ...chunk, bytes: 8 }), Buffer.alloc(8)])], true);
    expect(placed).toEqual([5]);
    expect([one.closed, one.terminated]).toEqual([[], 0]);
  });

  const malformed: [number, string] = [4000, 'The first message must be `attach`'];
  const others: readonly (readonly [string, Uint8Array, boolean])[] = [
    ['nothing', new Uint8Array(), true],
    ['something of the same length', Uint8Array.from(ATTACH, (byte, index) => (index === 3 ? byte ^ 1 : byte)), true],
    ['more than that', Uint8Array.of(...ATTACH, 0), true],
    ['it as text', ATTACH, false],
    ...Array.from(ATTACH, (_, length) => [`its first ${length} bytes`, ATTACH.subarray(0, length), true] as const),
  ];
  it.each(others)('and says %s first is sent away', (_, bytes, isBinary) => {
    const { open, links } = accepting();
    const one = open(5);
    say(one, bytes, isBinary);
    expect([links, one.closed]).toEqual([[], [malformed]]);
    // What it says then is too late.
    say(one, ATTACH);
    expect([links, one.closed]).toEqual([[], [malformed]]);
  });

  it('twice, as two may come at once, has one link: the other connection is closed', () => {
    const { open, links } = accepting();
    const [first, second, other] = [open(5), open(5), open(6)];
    say(second, ATTACH);
    say(first, ATTACH);
    say(other, ATTACH);
    expect(links.map(([rank]) => rank)).toEqual([5, 6]);
    expect([first.closed, second.closed, other.closed]).toEqual([[[4001, 'You are connected already']], [], []]);
  });

  it('ends nothing with an error of its connection', () => {
    const { open, links } = accepting();
    const [silent, attached, second, refused] = [open(5), open(6), open(6), open(7)];
    say(attached, ATTACH);
    say(second, ATTACH);
    say(refused, Uint8Array.of(1));
    // Also of those that are being sent away: until they are gone they may send what is no frame.
    for (const one of [silent, attached, second, refused]) {
      expect(() => one.emit('error', new Error('Invalid WebSocket frame'))).not.toThrow();
    }
    expect(links.map(([rank]) => rank)).toEqual([6]);
  });

  describe('and silent', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    it('is cut off after ten seconds, and not before', () => {
      const { open } = accepting();
      const one = open(5);
      vi.advanceTimersByTime(9_999);
      expect(one.terminated).toBe(0);
      vi.advanceTimersByTime(1);
      expect(one.terminated).toBe(1);
    });

    it('until it says something, or is gone, is not', () => {
      const { open } = accepting();
      const [attached, refused, gone] = [open(5), open(6), open(7)];
      say(attached, ATTACH);
      say(refused, Uint8Array.of(1));
      gone.emit('close', 1006, Buffer.alloc(0));
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(60_000);
      expect([attached, refused, gone].map(({ terminated }) => terminated)).toEqual([0, 0, 0]);
    });
  });
});

describe('the end of it', () => {
  it('cuts off who is silent so far, and leaves those alone that have a link, are refused or gone', () => {
    const { open, stop, served, links } = accepting();
    const [silent, attached, gone, late] = [open(1), open(2), open(3), open(4)];
    say(attached, ATTACH);
    gone.emit('close', 1006, Buffer.alloc(0));
    say(late, ATTACH);
    stop();
    expect([silent, attached, gone, late].map(({ terminated }) => terminated)).toEqual([1, 0, 0, 0]);
    expect(served.size).toBe(0);
    expect(links.map(([rank]) => rank)).toEqual([2, 4]);
  });

  it('takes nothing from whoever is served there by then', () => {
    const { open, stop, served } = accepting();
    stop();
    const next = {} as Served;
    served.set(PATH, next);
    const late = open(1);
    stop();
    expect(served.get(PATH)).toBe(next);
    expect(late.terminated).toBe(0);
  });
});
