import { describe, expect, it } from 'vitest';
import { readCoreUse } from '../../../src/cli/run/core-use.ts';

const STAT = `cpu  600 50 300 9000 1 2 3 40 0 0
cpu0 100 50 100 9000 1 2 3 10 0 0
cpu1 200 0 100 9000 1 2 3 0 0 0
cpu10 300 0 100 9000 1 2 3 30 0 0
intr 1
`;
const FILES: Readonly<Record<string, string>> = {
  '/proc/stat': STAT,
  '/proc/7/stat': `7 (node (x) y) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 11 0 1 1 1`,
  '/proc/7/task/7/schedstat': '900 2000000000 5\n',
  '/proc/7/task/9/schedstat': '900 500000000 5\n',
};
const FOLDERS: Readonly<Record<string, readonly string[]>> = { '/proc/7/task': ['7', '8', '9'] };
const told = (files = FILES) => ({
  read: (path: string) => files[path] ?? null,
  list: (path: string) => FOLDERS[path] ?? [],
  now: 5,
  self: { user: 1_000_000, system: 500_000 },
});

describe('the use of cores', () => {
  it('is counted for those of the run alone, without what has a lower priority, and of all threads that there still are', () => {
    expect(readCoreUse([0, 10], [7], told())).toEqual({
      at: 5,
      busy: 6,
      own: 3.5,
      stolen: [0.1, 0.3],
      waited: new Map([[7, 2.5]]),
    });
  });

  it('is unknown where the system hides a core, its clocks, or a worker', () => {
    expect(readCoreUse([0, 2], [7], told())).toBeNull();
    expect(readCoreUse([0], [8], told())).toBeNull();
    expect(readCoreUse([0], [7], told({ ...FILES, '/proc/stat': '' }))).toBeNull();
    expect(readCoreUse([0], [7], told({ '/proc/stat': STAT, '/proc/7/stat': FILES['/proc/7/stat']! }))).toBeNull();
  });

  it('is told by this system, of this process', ({ skip }) => {
    const first = readCoreUse([0], [process.pid]);
    skip(first === null, 'this system has no core 0, or hides its use');
    const second = readCoreUse([0], [process.pid])!;
    expect(second.own).toBeGreaterThanOrEqual(first!.own);
    expect(second.waited.get(process.pid)).toBeGreaterThanOrEqual(0);
  });
});
