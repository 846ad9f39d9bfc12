import * as fs from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { writeFailure } from '../../src/shared/checkpoint/atomic-file.ts';
import { FileLock } from '../../src/shared/lock.ts';

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>();
  return { ...actual, openSync: vi.fn(actual.openSync), readFileSync: vi.fn(actual.readFileSync) };
});

const waits: number[] = [];
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  },
}));

/** As Node says it of a file that another machine removed from a network file system. */
function stale(): Error {
  const text = `Unknown system error -${constants.errno.ESTALE}`;
  return Object.assign(new Error(`${text}: ${text}, open 'run.lock'`), { code: text, errno: -constants.errno.ESTALE });
}

function lockFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-stale-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'run.lock');
}

it('a stale handle of the lock is looked at anew', async () => {
  const path = lockFile();
  vi.mocked(fs.openSync).mockImplementationOnce(() => {
    throw stale();
  });
  const lock = await FileLock.take(path);
  expect(lock).toBeInstanceOf(FileLock);
  expect(waits.splice(0)).toEqual([200]);
  (lock as FileLock).release();
});

it('one that stays so is told as what it is, with what to do', async () => {
  const path = lockFile();
  vi.mocked(fs.openSync).mockImplementation(() => {
    throw stale();
  });
  onTestFinished(() => void vi.mocked(fs.openSync).mockReset());
  const error: unknown = await FileLock.take(path).catch((thrown: unknown) => thrown);
  // A file system that finds it again is given two seconds.
  expect(waits.splice(0)).toEqual(Array.from({ length: 10 }, () => 200));
  expect(writeFailure('runs/pets', 0, error).message).toBe(
    'Cannot write runs/pets: its network file system has lost it (stale handle). Mount that again, then run it again, a training with --resume.',
  );
});
