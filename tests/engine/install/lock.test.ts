import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileLock } from '../../../src/engine/install/lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradsocket-lock-'));
  path = join(folder, 'a', 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

const acquire = (signal?: AbortSignal, onWait: (pid: number) => void = () => undefined) =>
  FileLock.acquire(path, signal, onWait);

it('lets one in after the other', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const lock = await acquire();
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
      lock.release();
    }),
  );
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

it('tells who waits whom it waits for', async () => {
  const first = await acquire();
  const told: number[] = [];
  // The second comes in only because the first leaves when it hears that somebody waits.
  const second = await acquire(undefined, (pid) => {
    told.push(pid);
    first.release();
  });
  second.release();
  expect(told).toEqual([process.pid]);
});

it('takes over from a process that is gone, even if its number lives on in another', async () => {
  (await acquire()).release();
  for (const owner of [
    { token: 'x', pid: 2 ** 30, started: '1', host: hostname() },
    { token: 'x', pid: process.pid, started: '1', host: hostname() },
  ]) {
    await writeFile(path, JSON.stringify(owner));
    (await acquire()).release();
  }
});

it('takes over from another machine only when that has been silent for long', async () => {
  (await acquire()).release();
  await writeFile(path, JSON.stringify({ token: 'x', pid: process.pid, started: '1', host: 'elsewhere' }));
  const stop = new AbortController();
  await expect(acquire(stop.signal, () => stop.abort(new Error('waits')))).rejects.toThrow('waits');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(path, longAgo, longAgo);
  (await acquire()).release();
});

it('does not release what somebody else holds', async () => {
  const lock = await acquire();
  await writeFile(path, JSON.stringify({ token: 'other', pid: process.pid, started: '1', host: 'elsewhere' }));
  lock.release();
  expect(existsSync(path)).toBe(true);
});
