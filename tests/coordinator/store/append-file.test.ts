import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppendFile } from '../../../src/coordinator/store/append-file.ts';
import { VirtualDisk } from '../../shared/virtual-disk.ts';
import { FakeClock } from '../fake-clock.ts';

async function scratch(): Promise<AppendFile> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-append-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return AppendFile.open(join(dir, 'lines'), null, {
    record: true,
    onError: (error) => {
      throw error;
    },
  });
}

async function becomes(file: AppendFile, text: string): Promise<void> {
  while ((await readFile(file.path, 'utf8')) !== text) await setImmediate();
}

describe('a file that grows', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  it('takes the first line at once, and those of the next moment together when that is over', async () => {
    const file = await scratch();
    file.append(Buffer.from('a'));
    await becomes(file, 'a');
    file.append(Buffer.from('b'));
    file.append(Buffer.from('c'));
    await setImmediate();
    expect(await readFile(file.path, 'utf8')).toBe('a');
    // The pause may begin a moment after the first line is seen.
    while (vi.getTimerCount() === 0) await setImmediate();
    vi.runAllTimers();
    await becomes(file, 'abc');
    await file.close();
  });

  it('ends the record once somebody has removed it, as all that is written to it is lost', async () => {
    const errors: string[] = [];
    const dir = await mkdtemp(join(tmpdir(), 'gradsocket-append-'));
    const onError = ({ message }: Error): unknown => errors.push(message);
    const file = await AppendFile.open(join(dir, 'lines'), null, { record: true, onError });
    file.append(Buffer.from('a'));
    await rm(dir, { recursive: true });
    await expect(file.flush(true)).rejects.toMatchObject({ code: 'CANNOT_WRITE', exitCode: 74 });
    await file.close();
    expect(errors).toEqual([
      expect.stringMatching(/lines: somebody has removed it while it was written\. Run it again/),
    ]);
  });

  it('does not make whoever flushes or closes it wait', async () => {
    const file = await scratch();
    file.append(Buffer.from('a'));
    await becomes(file, 'a');
    file.append(Buffer.from('b'));
    await file.flush();
    expect(await readFile(file.path, 'utf8')).toBe('ab');
    file.append(Buffer.from('c'));
    await file.close();
    expect(await readFile(file.path, 'utf8')).toBe('abc');
  });

  it('is closed with all that waited for its moment', async () => {
    const file = await scratch();
    file.append(Buffer.from('a'));
    await becomes(file, 'a');
    while (vi.getTimerCount() === 0) await setImmediate();
    file.append(Buffer.from('b'));
    file.append(Buffer.from('c'));
    await file.close();
    expect(await readFile(file.path, 'utf8')).toBe('abc');
  });
});

/** A file on a disk that fails as a test says, whose time passes while it is waited for. */
async function failing(record: boolean) {
  const disk = new VirtualDisk();
  const clock = new FakeClock();
  const told = { errors: [] as Error[], trouble: [] as Error[] };
  const file = await AppendFile.open('/lines', 0, {
    ...{ disk, clock, record },
    onError: (error) => told.errors.push(error),
    onTrouble: (error) => told.trouble.push(error),
  });
  const passing = async (happening: Promise<void>): Promise<void> => {
    const seen = { settled: false };
    const done = happening.finally(() => (seen.settled = true));
    done.catch(() => undefined); // thrown below
    for (let n = 0; n < 100 && !seen.settled; n++) {
      await setImmediate();
      clock.advance(1_000);
    }
    return done;
  };
  return { disk, file, told, passing, content: () => String(disk.contentOf('/lines')) };
}

describe('a file on a disk that fails', () => {
  it('says how much it had no room for, once a minute has passed', async () => {
    const { disk, file, told, passing } = await failing(true);
    disk.fault = ({ name }) => (name === 'append' ? { code: 'ENOSPC' } : null);
    file.append(Buffer.from('one\n'));
    await expect(passing(file.flush())).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(told.errors.map(({ message }) => message)).toEqual([expect.stringContaining('write /lines (4 bytes).')]);
  });

  it('is written no more once a sync has failed, as nobody knows what is there, and says so once', async () => {
    const { disk, file, told, passing, content } = await failing(true);
    disk.fault = ({ name }) => (name === 'sync' && told.errors.length === 0 ? { code: 'EIO' } : null);
    const failure = { code: 'CANNOT_WRITE', exitCode: 74 };
    file.append(Buffer.from('one\n'));
    await expect(passing(file.flush(true))).rejects.toMatchObject(failure);
    file.append(Buffer.from('two\n'));
    for (const sync of [true, false]) await expect(passing(file.flush(sync))).rejects.toMatchObject(failure);
    expect([told.errors.length, content()]).toEqual([1, 'one\n']);
  });

  it.each([
    ['is in a record all there once there is room, and once', true, 'one\ntwo\nthree\n'],
    ['is left out whole of what is none', false, 'one\nthree\n'],
  ])('a line of which a part came in %s', async (_, record, expected) => {
    const { disk, file, told, passing, content } = await failing(record);
    file.append(Buffer.from('one\n'));
    await passing(file.flush());
    let full = true;
    disk.fault = ({ name }) => {
      if (name !== 'append' || !full) return null;
      full = false;
      return { code: 'ENOSPC' };
    };
    file.append(Buffer.from('two\n'));
    await passing(file.flush());
    file.append(Buffer.from('three\n'));
    await passing(file.flush(true));
    expect([content(), told.errors, told.trouble.length]).toEqual([expected, [], 1]);
  });

  it('that was cut is cut on the disk, too', async () => {
    const { disk, file, passing, content } = await failing(true);
    file.append(Buffer.from('one\ntwo\n'));
    await passing(file.flush(true));
    await passing(file.cut(4));
    expect(content()).toBe('one\n');
    expect(disk.calls.slice(-2).map(({ name }) => name)).toEqual(['truncate', 'sync']);
    file.append(Buffer.from('three\n'));
    await passing(file.flush());
    expect(content()).toBe('one\nthree\n');
  });
});
