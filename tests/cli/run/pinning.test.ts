import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealCores, parseCoreList, pinnableCores, pinned } from '../../../src/cli/run/pinning.ts';

/** Numbers of cores in the order of the kernel, with gaps, as a container may be given them. */
const allowedCores = fc
  .uniqueArray(fc.nat(255), { minLength: 1, maxLength: 64 })
  .map((cores) => cores.toSorted((a, b) => a - b));

describe('the cores of workers', () => {
  it('are all there are, each once, where workers and threads come out even', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(100),
        (workers, threads, first) => {
          const allowed = Array.from({ length: workers * threads }, (_, i) => first + 2 * i);
          const dealt = dealCores({ workers, each: threads }, () => allowed)!;
          expect(dealt.map((cores) => cores.length)).toEqual(Array(workers).fill(threads));
          expect(dealt.flat()).toEqual(allowed);
        },
      ),
    );
  });

  it('are left to the kernel where they do not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        allowedCores,
        (workers, threads, allowed) => {
          fc.pre(workers === 1 || workers * threads !== allowed.length);
          expect(dealCores({ workers, each: threads }, () => allowed)).toBeNull();
        },
      ),
    );
  });

  it('are read in the notation of the kernel', () => {
    expect(parseCoreList('0')).toEqual([0]);
    expect(parseCoreList('')).toEqual([]);
    expect(parseCoreList('0-3,8,10-11')).toEqual([0, 1, 2, 3, 8, 10, 11]);
  });
});

describe('a pinned process', () => {
  const allowed = pinnableCores();
  const told = (cores: readonly number[] | null) =>
    execFileSync(...pinned(process.execPath, ['-p', 'require("os").availableParallelism()'], cores), {
      encoding: 'utf8',
    });

  it('has the cores that it was given', ({ skip }) => {
    skip(allowed.length === 0, 'this system keeps no process to cores');
    expect(told(allowed.slice(0, 1)).trim()).toBe('1');
  });

  it('has all where it was given none in particular', () => {
    expect(told(null).trim()).toBe(String(availableParallelism()));
  });
});
