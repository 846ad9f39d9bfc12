import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EXIT, GradsocketError } from '../errors.ts';

const TEMPORARY = /^\..+\.[0-9a-f-]{36}\.tmp$/;

/** Left behind by a process that died while it wrote. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * After this the file has its whole new content, on the disk; before, or when it fails, its whole old one, or none.
 *
 * @throws GradsocketError DISK_FULL or CANNOT_WRITE (74)
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  // In the same folder, as a rename is atomic only within a file system.
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // what went wrong first is what matters
    throw writeFailure(path, content.length, error);
  }
}

/** So that the new name survives a power failure, too. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and writes names through.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function writeFailure(path: string, bytes: number, cause: unknown): GradsocketError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const needed = bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${bytes} bytes`;
    return new GradsocketError(
      'DISK_FULL',
      EXIT.ioError,
      `No space is left to write ${path} (${needed}). Files written before are untouched: free some space, then run again with --resume.`,
      { cause },
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GradsocketError('CANNOT_WRITE', EXIT.ioError, `Cannot write ${path}: ${why}.`, { cause });
}
