import { access, constants, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the loader of libraries says of a file system that is mounted `noexec`. */
const NOEXEC = /failed to map segment from shared object/;

export function isNoexec(reason: string): boolean {
  return NOEXEC.test(reason);
}

/** Whether programs and libraries in a folder may be used as such. The kernel looks at the mount, too, when it is asked about a file. */
export async function maybeExecuted(folder: string): Promise<boolean> {
  const file = join(folder, '.executable');
  await writeFile(file, '', { mode: 0o700 });
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    await rm(file, { force: true });
  }
}
