import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nodeDisk, readIfThere } from '../../src/shared/disk.ts';
import { leftOut } from '../left-out.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradsocket-disk-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('syncs also where handles of files cannot, as under Plug’n’Play', async () => {
  const handle = await open(folder);
  const kind = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const refuses = () => Promise.reject(new Error('Method not implemented.'));
  const spies = (['sync', 'datasync'] as const).map((name) => vi.spyOn(kind, name).mockImplementation(refuses));
  try {
    const file = await nodeDisk.open(join(folder, 'file'), { fresh: true });
    await file.append(Buffer.from('content'));
    await file.sync();
    await file.close();
    await nodeDisk.syncFolder(folder);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('content');
});

it('says why something cannot be synced', async () => {
  await expect(nodeDisk.syncFolder(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('says of a file that was removed meanwhile that nothing of it will be left', async () => {
  const path = join(folder, 'file');
  const file = await nodeDisk.open(path, { fresh: true });
  await file.append(Buffer.from('content'));
  await file.sync();
  await rm(path);
  await expect(file.sync()).rejects.toMatchObject({ code: 'REMOVED' });
  await file.close();
});

/** What a file system tells of a file by its handle, while `act` runs. Returns the handle that was asked of last. */
async function stating(stat: () => Promise<unknown>, act: () => Promise<void>): Promise<FileHandle | undefined> {
  const handle = await open(folder);
  const kind = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const spy = vi.spyOn(kind, 'stat').mockImplementation(stat as FileHandle['stat']);
  try {
    await act();
    return spy.mock.contexts.at(-1) as FileHandle | undefined;
  } finally {
    spy.mockRestore();
  }
}

it('takes no file for removed on a file system that counts no names', async () => {
  await stating(
    () => Promise.resolve({ nlink: 0 }),
    async () => {
      const file = await nodeDisk.open(join(folder, 'file'), { fresh: true });
      await file.append(Buffer.from('content'));
      await file.sync();
      await file.close();
    },
  );
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('content');
});

it('leaves no file open of which it learns nothing', async () => {
  const handle = await stating(
    () => Promise.reject(new Error('not connected')),
    async () => {
      await expect(nodeDisk.open(join(folder, 'file'), { fresh: true })).rejects.toThrow('not connected');
    },
  );
  expect(handle?.fd).toBe(-1);
});

it('makes no file anew that must be fresh, and goes on with one that need not be', async () => {
  const path = join(folder, 'file');
  await (await nodeDisk.open(path, { fresh: false })).close();
  await expect(nodeDisk.open(path, { fresh: true })).rejects.toMatchObject({ code: 'EEXIST' });
});

it('reads nothing of a file that is missing, and says of any other why not', async () => {
  expect(await readIfThere(nodeDisk, join(folder, 'missing'))).toEqual(Buffer.alloc(0));
  await expect(readIfThere(nodeDisk, folder)).rejects.toMatchObject({ code: 'EISDIR', path: folder });
});

it('knows how much room is left', async () => {
  expect(await nodeDisk.free(folder)).toBeGreaterThan(0);
});

const counting = existsSync('/proc/self') ? null : 'this system has no file system without blocks';

it.skipIf(counting !== null)(`knows nothing of it where the system counts no blocks${leftOut(counting)}`, async () => {
  expect(await nodeDisk.free('/proc')).toBeNull();
});
