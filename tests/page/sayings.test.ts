import { expect, it } from 'vitest';
import { sayingOf } from '../../src/page/sayings.ts';
import { clock, count, duration, figure, percent, plural, size } from '../../src/page/text.ts';

it('an event is told in a sentence', () => {
  const generation = { type: 'generation', generation: 2, step: 7, shares: [], why: 'two was lost' } as const;
  expect(sayingOf({ ...generation, workers: 1 }).text).toBe('1 worker trains alone from step 7: two was lost');
  expect(sayingOf({ ...generation, workers: 3 }).text).toBe('3 workers train together from step 7: two was lost');
  const lost = { type: 'workerLost', worker: 'two', reason: 'its process ended', cause: 'exited' } as const;
  expect(sayingOf(lost)).toEqual({ tone: 'bad', text: 'two was lost: its process ended' });
});

it('numbers are as people read them, and a dash where there is none', () => {
  expect([figure(0.07265123), figure(0.00001234), figure(0), figure(Number.NaN)]).toEqual([
    '0.07265',
    '1.23e-5',
    '0',
    '–',
  ]);
  expect([percent(0.9775), percent(null), count(1234.6)]).toEqual(['97.8 %', '–', '1,235']);
  expect([0.0782, 12.34, 75, 7260, null].map(duration)).toEqual(['78.2 ms', '12.3 s', '1 min 15 s', '2 h 1 min', '–']);
  expect([0, 886_352, 1.5e9, null].map(size)).toEqual(['0 B', '886 kB', '1.5 GB', '–']);
  expect([plural(1, 'step'), plural(1200, 'step')]).toEqual(['1 step', '1,200 steps']);
  expect(clock('2026-01-02T03:04:05Z')).toMatch(/^\d\d:\d\d:\d\d$/);
});
