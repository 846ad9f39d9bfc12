import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFolder } from '../../src/shared/create-folder.ts';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  return { ...actual, mkdir: vi.fn(actual.mkdir) };
});

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'create-folder-'));
});

afterEach(() => rm(scratch, { recursive: true }));

describe('createFolder', () => {
  test('makes those above, and is content with what is there', async () => {
    const path = join(scratch, 'a', 'b', 'c');
    await createFolder(path);
    await createFolder(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test('can be called for one folder by several at once', async () => {
    const path = join(scratch, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 8 }, () => createFolder(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test('goes on where another has just made the folder above', async () => {
    const path = join(scratch, 'a', 'b');
    const actual = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    vi.mocked(mkdir).mockImplementationOnce(async (asked) => {
      const failure = await actual.mkdir(asked).catch((error: unknown) => error);
      await actual.mkdir(dirname(path));
      throw failure;
    });
    await createFolder(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test('says so where a file is in the way', async () => {
    const file = join(scratch, 'file');
    await writeFile(file, '');
    await expect(createFolder(file)).rejects.toThrow(/EEXIST/);
    await expect(createFolder(join(file, 'below'))).rejects.toThrow(/ENOTDIR/);
  });

  test('says so where the system takes no folders', async ({ skip }) => {
    skip(!existsSync('/proc/self'), 'this system has no /proc');
    await expect(createFolder('/proc/gradsocket/run')).rejects.toThrow(/ENOENT|EACCES|EPERM/);
  });
});
