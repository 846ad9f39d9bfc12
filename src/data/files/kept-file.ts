import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFolder } from '../../shared/create-folder.ts';

/**
 * Writes a file of the cache, which only costs time where it is lost: nothing is waited for until it is on the disk, and where it cannot
 * be written there is none. Written aside, as several processes may open the same dataset at once.
 */
export async function keepFile(file: string, content: Uint8Array | string): Promise<void> {
  const aside = `${file}.${process.pid}.tmp`;
  try {
    await createFolder(dirname(file));
    await writeFile(aside, content);
    await rename(aside, file);
  } catch {
    await rm(aside, { force: true }).catch(() => undefined);
  }
}
