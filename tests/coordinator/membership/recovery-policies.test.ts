import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/coordinator/membership/admit.ts';
import { agree } from '../../../src/coordinator/membership/agree.ts';
import { died, isBarred, lives } from '../../../src/coordinator/membership/crash-loop.ts';
import { evict } from '../../../src/coordinator/membership/evict.ts';
import { chooseSource } from '../../../src/coordinator/membership/source.ts';
import { survives } from '../../../src/coordinator/membership/survive.ts';
import { poisoned } from '../../../src/coordinator/progress/poison.ts';
import { EXIT } from '../../../src/shared/errors.ts';

describe('on which state a run goes on', () => {
  it('is always the newest that anybody holds, and who lacks it gets it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }), (steps) => {
        const { target, holders, laggards, why } = agree(steps.map((step, i) => ({ worker: `w${i}`, step })));
        expect(target).toBe(Math.max(...steps));
        expect(holders).toEqual(steps.flatMap((step, i) => (step === target ? [`w${i}`] : [])));
        expect([...holders, ...laggards].toSorted()).toEqual(steps.map((_, i) => `w${i}`));
        expect(why).not.toBe('');
      }),
    );
    expect(agree([])).toMatchObject({ target: null });
    expect(
      agree([
        { worker: 'a', step: 5 },
        { worker: 'b', step: 3 },
      ]).why,
    ).toBe('a holds 5 steps; b gets them from there');
  });
});

describe('who heals a worker', () => {
  it('is whoever heals the fewest, and rank 0 only where there is nobody else', () => {
    const of = (rank: number, heals: number) => ({ id: `w${rank}`, name: `n${rank}`, rank, heals });
    expect(chooseSource([])).toBeNull();
    expect(chooseSource([of(0, 0)])).toMatchObject({ id: 'w0', why: 'it is the only one that can' });
    expect(chooseSource([of(0, 0), of(1, 3)])).toMatchObject({ id: 'w1' });
    expect(chooseSource([of(0, 0), of(1, 1), of(2, 0)])).toMatchObject({ id: 'w2' });
  });
});

describe('who goes after a stall', () => {
  const waiting = (name: string) => ({ id: name, name, remote: 'h:1' });
  const stall = { step: 4, ms: 10_000, silent: [], busy: [], idle: 2, behind: ['a', 'b'], times: 0 };

  it('is whoever does not answer, else whoever hangs while others have done their part, else nobody', () => {
    expect(evict({ ...stall, silent: [waiting('a')], busy: [waiting('b')] })).toMatchObject({ evict: [{ name: 'a' }] });
    expect(evict({ ...stall, busy: [waiting('b')], idle: 1 })).toMatchObject({ evict: [{ name: 'b' }] });
    // All compute: the step is slow.
    expect(evict({ ...stall, busy: [waiting('a'), waiting('b')], idle: 0 })).toMatchObject({ evict: null });
    expect(evict(stall)).toMatchObject({ evict: null, giveUp: false });
    expect(evict({ ...stall, times: 2 })).toMatchObject({ evict: null, giveUp: true });
  });
});

describe('who is let in', () => {
  const hello = {
    type: 'hello',
    version: 1,
    name: 'a',
    engine: 'cpu',
    device: 'CPU',
    threads: null,
    address: null,
  } as const;
  const run = {
    present: 3,
    workers: { wanted: 2, min: null, max: 2 },
    job: { topology: 'auto', engine: 'auto', threads: null },
    begun: true,
    deaths: undefined,
  } as const;

  it('is as many as train, and as many spares; nobody that died three times in a row, or that a mesh cannot reach', () => {
    const death = { exitCode: EXIT.internal, code: 'OUT_OF_MEMORY', why: 'no memory', cause: 'failed' } as const;
    const deaths = died(died(undefined, 7, death), 7, death);
    expect(refusalOf(hello, run)).toBeNull();
    expect(refusalOf(hello, { ...run, present: 4 })).toMatchObject({ code: 'RUN_FULL', exitCode: EXIT.tryAgain });
    expect(refusalOf(hello, { ...run, deaths })).toBeNull();
    expect(refusalOf(hello, { ...run, deaths: died(deaths, 7, death) })).toMatchObject({ code: 'OUT_OF_MEMORY' });
    const mesh = { ...run, job: { ...run.job, topology: 'mesh' } } as const;
    expect(refusalOf(hello, mesh)).toMatchObject({ code: 'NO_TOPOLOGY' });
    expect(refusalOf({ ...hello, address: 'h:1' }, mesh)).toBeNull();
  });
});

describe('a worker that dies again and again', () => {
  const silent = {
    exitCode: EXIT.tryAgain,
    code: 'WORKER_LOST',
    why: 'a: the connection broke',
    cause: 'connection',
  } as const;
  const failed = { exitCode: EXIT.internal, code: 'ENGINE_FAILED', why: 'a: no memory', cause: 'failed' } as const;
  const row = (step: number, ...of: readonly (typeof silent | typeof failed)[]) =>
    of.reduce<ReturnType<typeof died> | undefined>((before, death) => died(before, step, death), undefined);

  it('is barred the third time in a row at the same step, whatever it died of', () => {
    expect([row(4, failed, silent), row(4, failed, silent, failed)].map(isBarred)).toEqual([false, true]);
    expect(isBarred(died(row(4, failed, failed), 5, failed))).toBe(false);
  });

  it('is not blamed for what was no death: its process is there again', () => {
    const barred = row(4, failed, failed, silent)!;
    expect(lives(barred)).toEqual({
      deaths: row(4, failed, failed),
      why: 'its process lives: that of step 4 was no death',
    });
    expect(lives(row(4, silent)!).deaths).toBeNull();
    // What it said, or was sent away for, does not depend on whether it ended afterwards.
    const own = row(4, failed)!;
    expect(lives(own)).toMatchObject({ deaths: own, why: expect.stringContaining('(failed) was its own') as string });
  });
});

describe('what a run survives', () => {
  it('is what befell one worker, and not what would meet every other one', () => {
    const of = (exitCode: number, code = 'X') => survives({ exitCode, code }).goesOn;
    expect([EXIT.internal, EXIT.noEngine, EXIT.tryAgain, EXIT.ioError].map((code) => of(code))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([EXIT.badData, EXIT.configuration, EXIT.diverged, EXIT.usage].map((code) => of(code))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(of(EXIT.internal, 'REPLICAS_DIVERGED')).toBe(false);
  });
});

describe('whose numbers are not finite', () => {
  it('is known where some are and some are not', () => {
    const own = (...sums: number[]) => sums.map((lossSum, i) => ({ name: `w${i}`, lossSum }));
    expect(poisoned(4, own(1, Number.NaN, 2))).toMatchObject({
      code: 'POISONED',
      message: expect.stringMatching(/^The loss of step 5 is not finite at w1 alone: this worker computes/) as string,
    });
    expect(poisoned(4, own(Number.NaN, Number.NaN, 1))!.message).toMatch(/at w0, w1 alone: these workers compute/);
    expect(poisoned(4, own(Number.NaN, Number.NaN))).toBeNull();
    expect(poisoned(4, own(1, 2))).toBeNull();
    expect(poisoned(4, own(Number.NaN))).toBeNull();
    expect(poisoned(4, [])).toBeNull();
  });
});
