import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing. Several may make the same ones at once.
 *
 * For folders that a user names: Node's own recursive `mkdir` never returns where a new name in a folder that is there gets
 * "no such file or directory", as under /proc.
 *
 * @throws the system's error where it cannot be made
 */
export async function createFolder(path: string): Promise<void> {
  const above = dirname(path);
  try {
    await createOne(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error;
    await createFolder(above);
    // Whoever made the folder above, now it is there; a second "no such file" is the system's last word.
    await createOne(path);
  }
}

async function createOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
