import { describe, expect, it } from 'vitest';
import { type Death, respawn, wrongFromTheStart } from '../../../src/cli/run/respawn.ts';

const killed = (step: number, trained: number | null): Death => ({ exitCode: null, step, trained });

it.each([
  [78, 78],
  [65, 65],
  [70, undefined],
  [0, undefined],
  [130, undefined],
  [null, undefined],
])('a run that a worker could not begin to work for, which ended with %s, ends with %s', (exitCode, exit) => {
  expect(wrongFromTheStart(exitCode)).toBe(exit);
});

describe('a local worker that ended', () => {
  it('is started again, after pauses that double up to half a minute', () => {
    const deaths = Array.from({ length: 8 }, (_, i) => killed(i, 10));
    const pauses = deaths.map((_, i) => respawn(deaths.slice(0, i + 1)));
    expect(pauses.map((next) => (next.again ? next.afterMs : null))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('is soon started again where it had trained for a while, whatever was before', () => {
    const before = [killed(1, 10), killed(2, null), killed(3, 5)];
    expect(respawn([...before, killed(900, 60_000)])).toMatchObject({ again: true, afterMs: 1000 });
    expect(respawn([...before, killed(900, 60_000), killed(901, 5)])).toMatchObject({ again: true, afterMs: 1000 });
    expect(respawn([...before, killed(900, 60_000), killed(901, 5), killed(902, 5)])).toMatchObject({ afterMs: 2000 });
  });

  it('is given up on where it ends three times in a row at one step', () => {
    const twice = [killed(7, 10), killed(7, 10)];
    expect(respawn(twice)).toMatchObject({ again: true });
    expect(respawn([...twice, killed(7, 100_000)])).toEqual({
      again: false,
      why: 'it ended 3 times in a row after step 7',
    });
    expect(respawn([killed(7, 10), killed(8, 10), killed(7, 10), killed(7, 10)])).toMatchObject({ again: true });
  });

  it('is given up on where it does not come as far as computing', () => {
    const four = [1, 1, 1, 9].map((step) => killed(step, null));
    expect(respawn(four)).toMatchObject({ again: true });
    expect(respawn([...four, killed(10, null)])).toEqual({
      again: false,
      why: 'it ended 5 times in a row before it had computed anything',
    });
  });

  it.each([0, 64, 65, 69, 78, 130])('is not started again after exit code %i', (exitCode) => {
    expect(respawn([{ exitCode, step: 3, trained: 10 }])).toMatchObject({ again: false });
  });

  it.each([1, 70, 74, 75])('is started again after exit code %i', (exitCode) => {
    expect(respawn([{ exitCode, step: 3, trained: 10 }])).toMatchObject({ again: true });
  });
});
