import { expect, it, vi } from 'vitest';
import { type End, howEnded, lastWords, whyUnreached } from '../../../src/cli/run/how-ended.ts';
import { failedWith } from '../../../src/shared/link/connect-failure.ts';
import { ControlLink } from '../../../src/worker/transport/control-link.ts';

const MIB = 2 ** 20;
const end: End = { code: null, signal: 'SIGKILL', kills: 0, limit: 512 * MIB, printed: '', logFile: 'worker-0.log' };

it.each<[string, Partial<End>, string | RegExp]>([
  [
    'killed by the system, whose counter says so, it lacked memory',
    { kills: 1 },
    'the system killed it for want of memory: its control group may use 512 MiB in all. Raise that limit, or lower --workers, --batch or --cache-memory',
  ],
  [
    'without a limit, the machine has no more',
    { kills: 2, limit: Number.POSITIVE_INFINITY },
    /: this machine has no more/,
  ],
  ['killed while the counter stood still, it was somebody', {}, 'it was ended by SIGKILL; worker-0.log may say more'],
  ['where there is no counter, it may be either', { kills: null }, /SIGKILL, perhaps as memory ran out; /],
  [
    'another signal has nothing to do with it',
    { signal: 'SIGSEGV', kills: 1 },
    'it was ended by SIGSEGV; worker-0.log may say more',
  ],
  [
    'a full heap is not a crash',
    {
      signal: 'SIGABRT',
      printed: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n',
    },
    /^its heap of JavaScript was full: .*--max-old-space-size/,
  ],
  [
    'whom the system gives no threads says so before anything of ours runs',
    {
      signal: 'SIGABRT',
      printed: 'Assertion failed: (0) == (uv_thread_create(t.get(), start_thread, this))\n',
    },
    /^the system starts no more threads .*ulimit -u.*; worker-0.log may say more$/,
  ],
  ['a code is told', { signal: null, code: 3 }, 'it ended with exit code 3; worker-0.log may say more'],
])('%s', (_, change, expected) => {
  const said = howEnded({ ...end, ...change });
  if (typeof expected === 'string') expect(said).toBe(expected);
  else expect(said).toMatch(expected);
});

it.each([
  ['of several sentences the last one counts', 'gradsocket: one.\nx\ngradsocket: two.\n', 'two'],
  [
    'a mistake of ours is told with what it was',
    'gradsocket: please report it:\nError: EAGAIN\n  at x\n',
    'please report it: Error: EAGAIN',
  ],
  ['what ended without a word has none', '2026-01-01 worker-0: joining\n', null],
])('%s', (_, printed, said) => {
  expect(lastWords(printed)).toBe(said);
});

it('a worker that finds no coordinator says why while it goes on trying', async () => {
  let printed = '';
  const link = new ControlLink(
    {
      connect: () =>
        Promise.reject(
          failedWith(
            { who: 'the coordinator', url: 'ws://10.9.9.9:7777' },
            new Error('Opening handshake has timed out'),
          ),
        ),
      firstWaitMs: 600_000,
      waitMs: 600_000,
      random: () => 0,
      now: () => 0,
      setTimer: () => () => undefined,
      log: (message) => {
        printed += `2026-01-02T03:04:05.000Z worker-0: ${message}\n`;
      },
    },
    { onUp: vi.fn(), onMessage: vi.fn(), onDown: vi.fn(), onGivenUp: vi.fn(), onClosed: vi.fn() },
  );
  expect(whyUnreached(printed)).toBeNull();
  link.dial();
  await vi.waitUntil(() => printed !== '');
  expect(whyUnreached(`${printed}2026-01-02T03:04:06.000Z worker-0: more\n`)).toBe(
    'reach the coordinator at ws://10.9.9.9:7777: it does not answer',
  );
});
