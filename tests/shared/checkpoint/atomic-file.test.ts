import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Disk, nodeDisk } from '../../../src/shared/disk.ts';
import { temporaryOf, writeFailure, writeFileAtomically } from '../../../src/shared/checkpoint/atomic-file.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gradsocket atomic '));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** On which a call to an open file fails. */
function failing(call: 'append' | 'sync', code: string): Disk {
  const fail = () => Promise.reject(Object.assign(new Error(`${code}: as told`), { code }));
  return { ...nodeDisk, open: async (...args) => Object.assign(await nodeDisk.open(...args), { [call]: fail }) };
}

describe('writeFileAtomically', () => {
  it('replaces the whole content', async () => {
    const path = join(root, 'file');
    await writeFileAtomically(path, 'long old content');
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(root)).toEqual(['file']);
  });

  it.each(['append', 'sync'] as const)(
    'leaves the old content alone and nothing behind when the disk is full at %s',
    async (call) => {
      const path = join(root, 'file');
      await writeFile(path, 'old');
      const disk = failing(call, 'ENOSPC');
      await expect(writeFileAtomically(path, new Uint8Array(2_500_000), { disk })).rejects.toMatchObject({
        code: 'DISK_FULL',
        exitCode: 74,
        message: `No space is left to write ${path} (2.5 MB). Files written before are untouched: free some space, then run it again, a training with --resume.`,
      });
      expect(await readFile(path, 'utf8')).toBe('old');
      expect(await readdir(root)).toEqual(['file']);
    },
  );

  it('begins nothing before what is to come first has ended', async () => {
    const done: string[] = [];
    let busy = '';
    const slowly = async (name: string): Promise<void> => {
      if (busy !== '') throw new Error(`${name} began before ${busy} had ended`);
      busy = name;
      for (let turn = 0; turn < 9; turn++) await Promise.resolve();
      busy = '';
      done.push(name);
    };
    const disk: Disk = {
      ...nodeDisk,
      open: async () => {
        await slowly('open');
        const [append, truncate, sync, close] = ['append', 'truncate', 'sync', 'close'].map(
          (name) => () => slowly(name),
        );
        return { append: append!, truncate: truncate!, sync: sync!, close: close! };
      },
      rename: () => slowly('rename'),
      remove: () => slowly('remove'),
      syncFolder: () => slowly('syncFolder'),
    };
    await writeFileAtomically('/a/file', 'content', { disk });
    expect(done).toEqual(['open', 'append', 'sync', 'close', 'rename', 'syncFolder']);
  });

  it('says why where a file cannot be written at all', async () => {
    const path = join(root, 'no such folder', 'file');
    await expect(writeFileAtomically(path, 'x')).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
      exitCode: 74,
      message: expect.stringContaining(path) as unknown,
    });
  });
});

it.each([
  [
    'EROFS',
    'Cannot write runs/a: that file system is read-only. Name a folder on another one, or mount a volume there.',
  ],
  ['EACCES', 'Cannot write runs/a: this user may not. Name another folder, or let it write there.'],
  ['EIO', 'Cannot write runs/a: its disk fails (EIO). Look at what the kernel says of that (dmesg).'],
  [
    'ENOENT',
    'Cannot write runs/a: the folder that it belongs in is gone or was moved, or takes nothing new, as /proc (ENOENT). Bring it back (a run goes on then, with --resume), or name another folder.',
  ],
  ['EPIPE', 'Cannot write runs/a: EPIPE: something.'],
])('%s is told in words that say what to do, where there is something', (code, message) => {
  const cause = Object.assign(new Error(`${code}: something`), { code });
  expect(writeFailure('runs/a', 1, cause)).toMatchObject({ code: 'CANNOT_WRITE', exitCode: 74, message });
});

describe('temporaryOf', () => {
  it('knows its own leftovers from files of others', () => {
    expect(temporaryOf('.a.json.123e4567-e89b-12d3-a456-426614174000.tmp')).toBe('a.json');
    for (const name of ['a.json', '.a.tmp', '.hidden', 'a.123e4567-e89b-12d3-a456-426614174000.tmp']) {
      expect(temporaryOf(name)).toBeNull();
    }
  });
});
