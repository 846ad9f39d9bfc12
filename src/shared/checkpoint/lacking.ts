import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** What there is no more of where a file system takes nothing: room, inodes (one for each file), or this user's share of either. */
export type Lack = 'space' | 'inodes' | 'quota';

/** What a write to `path` that found no room lacked. `error`: the system's, or what was made of it. */
export function lackOf(path: string, error: unknown, inodesLeft: (folder: string) => number | null = freeInodes): Lack {
  const { code, cause } = error as NodeJS.ErrnoException;
  if (code === 'EDQUOT') return 'quota';
  if (cause !== undefined) return lackOf(path, cause, inodesLeft);
  return inodesLeft(dirname(path)) === 0 ? 'inodes' : 'space';
}

/** Null where the system does not say, or makes them as they are needed. */
function freeInodes(folder: string): number | null {
  try {
    const { files, ffree } = statfsSync(folder);
    return files === 0 ? null : ffree;
  } catch {
    return null;
  }
}
