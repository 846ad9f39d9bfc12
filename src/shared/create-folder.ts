import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing.
 *
 * For folders that a user names: Node's own recursive `mkdir` never returns where a new name in a folder that is there gets
 * "no such file or directory", as under /proc.
 *
 * @throws the system's error where it cannot be made
 */
export async function createFolder(path: string): Promise<void> {
  const above = dirname(path);
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !(await isFolder(above))) {
      await createFolder(above);
      return createFolder(path);
    }
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
