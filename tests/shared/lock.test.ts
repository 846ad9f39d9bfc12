import { spawn } from 'node:child_process';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { EXIT } from '../../src/shared/errors.ts';
import { FileLock, type Holder, lockFolder, type LockOptions } from '../../src/shared/lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'gradsocket-lock-')), 'a');
  path = join(folder, 'lock');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const wait = (signal?: AbortSignal, onWait: (holder: Holder) => void = () => undefined, options: LockOptions = {}) =>
  FileLock.wait(path, onWait, { ...options, signal });

const SINCE = '2026-01-01T00:00:00.000Z';

async function leave(owner: Partial<Record<'pid' | 'started' | 'host' | 'space', unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const whole = { token: 'x', pid: process.pid, started: '1', host: hostname(), since: SINCE, ...owner };
  await writeFile(path, JSON.stringify(whole));
}

async function age(file: string, ms: number): Promise<void> {
  const then = new Date(Date.now() - ms);
  await utimes(file, then, then);
}

it('lets one in after the other', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const lock = await wait();
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
  const first = await wait();
  const told: Holder[] = [];
  // The second comes in only because the first leaves when it hears that somebody waits.
  const second = await wait(undefined, (holder) => {
    told.push(holder);
    first.release();
  });
  second.release();
  expect(told).toEqual([expect.objectContaining({ pid: process.pid, host: hostname() })]);
});

it('takes over from a process that is gone, even if its number lives on in another', async () => {
  for (const owner of [{ pid: 2 ** 30 }, { pid: process.pid }]) {
    await leave(owner);
    (await wait()).release();
  }
});

it('takes over from a process that was killed', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux says here when a process started');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await new Promise((resolve) => child.once('spawn', resolve));
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  await leave({ pid: child.pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] });
  expect(await FileLock.take(path)).toMatchObject({ pid: child.pid, host: hostname() });
  const lock = await wait(undefined, () => child.kill('SIGKILL'));
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it('lets only one of many take over what was left behind', async () => {
  await leave({ pid: 2 ** 30 });
  const taken = await Promise.all(Array.from({ length: 8 }, () => FileLock.take(path)));
  const locks = taken.filter((one) => one instanceof FileLock);
  expect(locks).toHaveLength(1);
  locks[0]?.release();
});

it('does not take over what another process is taking over, unless that was killed in it', async () => {
  await leave({ pid: 2 ** 30 });
  await writeFile(`${path}.stale`, '1');
  setImmediate(() => void age(`${path}.stale`, 60_000));
  const lock = await wait();
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it('takes over from another machine only where it may, when that has been silent for long', async () => {
  await leave({ host: 'elsewhere' });
  await age(path, 60_000);
  expect(await FileLock.take(path)).toMatchObject({ pid: process.pid, host: 'elsewhere', since: SINCE });
  expect(await FileLock.take(path, { silence: 120_000 })).toMatchObject({ host: 'elsewhere' });
  (await wait(undefined, undefined, { silence: 30_000 })).release();
});

it('takes over from another container of the same host name, whose processes it cannot see, only when that has been silent', async () => {
  // Its first process and ours have the same number, and started at different times.
  await leave({ space: 'pid:[1]' });
  const options = { space: 'pid:[2]', alive: () => false };
  expect(await FileLock.take(path, options)).toMatchObject({ pid: process.pid, host: hostname() });
  await age(path, 60_000);
  (await wait(undefined, undefined, options)).release();
  await leave({ space: 'pid:[2]' });
  (await wait(undefined, undefined, options)).release();
});

it('takes over a file that says nothing, once it is no longer being written', async () => {
  await mkdir(folder);
  for (const text of ['', '123456', 'no lock']) {
    await writeFile(path, text);
    await age(path, 60_000);
    (await wait()).release();
  }
});

it('takes over what was left behind with a time that is ahead of the clock', async () => {
  const ahead = async (file: string): Promise<void> => {
    await writeFile(file, '');
    await age(file, -3_600_000);
  };
  await mkdir(folder);
  await ahead(path);
  (await wait(undefined, undefined, { writtenMs: 200 })).release();
  await leave({ pid: 2 ** 30 });
  await ahead(`${path}.stale`);
  (await wait(undefined, undefined, { writtenMs: 200 })).release();
  expect(readdirSync(folder)).toEqual([]);
});

it('does not take over from a process that only the system sees, as another user has it', async () => {
  await leave({ pid: 2 ** 30, started: '1' });
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
  });
  onTestFinished(() => kill.mockRestore());
  expect(await FileLock.take(path)).toMatchObject({ pid: 2 ** 30, here: true });
});

it.skipIf(process.platform !== 'linux')(
  'says on which start of which machine its process is (skipped where there is no /proc)',
  async () => {
    const lock = await wait();
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ space: expect.stringContaining(boot) as string });
    lock.release();
  },
);

it('stops waiting when it is told to', async () => {
  const first = await wait();
  const stop = new AbortController();
  await expect(wait(stop.signal, () => stop.abort(new Error('enough')))).rejects.toThrow('enough');
  first.release();
});

it('does not release what somebody else holds', async () => {
  const lock = await wait();
  await leave({ host: 'elsewhere' });
  lock.release();
  lock.release();
  expect(existsSync(path)).toBe(true);
});

/** A lock whose process can stand still for a while. */
async function standing(): Promise<{
  readonly lock: FileLock;
  readonly told: string[];
  readonly stood: (ms: number) => void;
}> {
  let time = 0;
  const told: string[] = [];
  const lock = await wait(undefined, undefined, { now: () => time, onLost: () => told.push('lost') });
  return { lock, told, stood: (ms) => void (time += ms) };
}

it('one that stood still for long looks whether somebody else has the lock by now, and then leaves it to them', async () => {
  const { lock, told, stood } = await standing();
  expect(lock.isOurs).toBe(true);
  await leave({ host: 'elsewhere' });
  stood(30_000);
  expect(lock.isOurs).toBe(false);
  expect(lock.isOurs).toBe(false);
  expect(told).toEqual(['lost']);
  lock.release();
  expect(await readFile(path, 'utf8')).toContain('elsewhere');
});

it('one that stood still and that nobody took anything from goes on', async () => {
  const { lock, told, stood } = await standing();
  for (const _ of [0, 1]) {
    stood(45_000);
    expect(lock.isOurs).toBe(true);
  }
  expect(told).toEqual([]);
  lock.release();
  expect(existsSync(path)).toBe(false);
});

it('one that stood still while somebody took the lock, and left it again, writes nothing more either', async () => {
  const { lock, told, stood } = await standing();
  await rm(path);
  stood(45_000);
  expect(lock.isOurs).toBe(false);
  expect(told).toEqual(['lost']);
  lock.release();
  expect(existsSync(path)).toBe(false);
});

it('one whose folder was taken away was taken over by nobody', async () => {
  const { lock, told, stood } = await standing();
  await rm(folder, { recursive: true });
  stood(60_000);
  expect(lock.isOurs).toBe(true);
  expect(told).toEqual([]);
  lock.release();
});

it('makes its lock again where somebody deleted it, and keeps it where it cannot be read', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { lock, stood } = await standing();
  await rm(path);
  stood(2_000);
  vi.advanceTimersByTime(2_000);
  await vi.waitFor(async () => expect(await readFile(path, 'utf8')).toContain(`"pid":${process.pid}`));
  expect(lock.isOurs).toBe(true);
  await rm(path);
  await mkdir(path);
  stood(30_000);
  expect(lock.isOurs).toBe(true);
  lock.release();
});

it('keeps a second process out of a folder, with a sentence that names the first', async () => {
  await leave({ pid: 123 });
  await age(path, 42_000);
  const before = await readFile(path, 'utf8');
  await expect(lockFolder(path, { code: 'BUSY', what: 'a run', alive: () => true })).rejects.toMatchObject({
    code: 'BUSY',
    exitCode: EXIT.configuration,
    message:
      `${folder} is in use: process 123 on ${hostname()} has had a run there since ${SINCE}, and gave a sign of life 42 s ago. ` +
      `Wait for it, or stop it; what it has finished stays. If there is no such process any more, delete ${path}.`,
  });
  expect(await readFile(path, 'utf8')).toBe(before);
  (await lockFolder(path, { code: 'BUSY', what: 'a run', alive: () => false })).release();
});

it('keeps out of a folder that somebody elsewhere works in, and takes over one that was left', async () => {
  const file = path;
  await mkdir(folder, { recursive: true });
  const options = { code: 'BUSY', what: 'a run', watch: { ms: 60, everyMs: 5 } };
  const owner = { token: 'x', pid: 1, started: '1', space: 'pid:[1]', since: SINCE };
  for (const host of [hostname(), 'elsewhere']) {
    await writeFile(file, JSON.stringify({ ...owner, host }));
    // Whatever its clock says.
    let time = Date.now() / 1000 + 3600;
    const beat = setInterval(() => utimesSync(file, ++time, time), 5);
    await expect(lockFolder(file, { ...options, space: 'pid:[2]' })).rejects.toMatchObject({ code: 'BUSY' });
    clearInterval(beat);
    (await lockFolder(file, { ...options, space: 'pid:[2]' })).release();
  }
});
