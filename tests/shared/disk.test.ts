import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nodeDisk } from '../../src/shared/disk.ts';

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
