import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppendFile } from '../../../src/coordinator/store/append-file.ts';

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
});
