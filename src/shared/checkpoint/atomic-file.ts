import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { bytesText } from '../bytes-text.ts';
import { whyDenied } from '../denied.ts';
import { type Disk, nodeDisk } from '../disk.ts';
import { EXIT, GradsocketError } from '../errors.ts';
import { exhausted } from '../exhausted.ts';
import { type Lack, lackOf } from './lacking.ts';
import { isStaleHandle } from '../stale-handle.ts';

const TEMPORARY = /^\.(.+)\.[0-9a-f-]{36}\.tmp$/;

/** Of which file a process that died left what it had written so far; null: `name` is something else. */
export function temporaryOf(name: string): string | null {
  return TEMPORARY.exec(name)?.[1] ?? null;
}

/**
 * After this the file has its whole new content, on the disk; before, or when it fails, its whole old one, or none.
 *
 * @param mode of the file
 * @throws GradsocketError DISK_FULL or CANNOT_WRITE (74)
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  { disk = nodeDisk, mode }: { readonly disk?: Disk; readonly mode?: number } = {},
): Promise<void> {
  const folder = dirname(path);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  // In the same folder, as a rename is atomic only within a file system.
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await disk.open(temporary, { fresh: true, ...(mode === undefined ? {} : { mode }) });
    try {
      await file.append(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(temporary, path);
    // So that the new name survives a power failure, too.
    await disk.syncFolder(folder);
  } catch (error) {
    await disk.remove(temporary).catch(() => {}); // what went wrong first is what matters
    throw writeFailure(path, bytes.length, error);
  }
}

/**
 * Whether files can be made in a folder: before anything is worth keeping that could then not be kept. Where nothing but room is
 * lacking, some may be made until then.
 *
 * @throws the system's error
 */
export async function tryFolder(folder: string, disk: Disk): Promise<void> {
  const temporary = join(folder, `.try.${randomUUID()}.tmp`);
  try {
    await (await disk.open(temporary, { fresh: true })).close();
    await disk.remove(temporary);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

/** Removes what processes that died left of the files for which `mine` holds. @throws the system's error */
export async function clearTemporary(disk: Disk, folder: string, mine: (name: string) => boolean): Promise<void> {
  for (const name of await disk.list(folder)) {
    const of = temporaryOf(name);
    if (of !== null && mine(of)) await disk.remove(join(folder, name));
  }
}

/** Whether there is no more room, which somebody may make; anything else that goes wrong stays wrong. */
export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'DISK_FULL';
}

/** Whether it is the disk's doing: what `writeFailure` makes. */
export function isWriteFailure(error: unknown): error is GradsocketError {
  return error instanceof GradsocketError && (error.code === 'DISK_FULL' || error.code === 'CANNOT_WRITE');
}

export function writeFailure(path: string, bytes: number, cause: unknown): GradsocketError {
  // Somebody has said it already.
  if (cause instanceof GradsocketError) return cause;
  const short = exhausted(cause);
  if (short !== null) return short;
  if (isFull(cause)) {
    return new GradsocketError(
      'DISK_FULL',
      EXIT.ioError,
      `${NOTHING_LEFT[lackOf(path, cause)](path, bytesText(bytes))}, then run it again, a training with --resume.`,
      { cause },
    );
  }
  const code = isStaleHandle(cause) ? 'ESTALE' : ((cause as NodeJS.ErrnoException).code ?? '');
  const why = REFUSED[code] ?? whyDenied(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new GradsocketError('CANNOT_WRITE', EXIT.ioError, `Cannot write ${path}: ${why}.`, { cause });
}

const NOTHING_LEFT: Readonly<Record<Lack, (path: string, bytes: string) => string>> = {
  space: (path, bytes) =>
    `No space is left to write ${path} (${bytes}). Files written before are untouched: free some space`,
  inodes: (path) =>
    `No inode is left to write ${path}: its file system holds as many files as it can (df -i). Those written before are untouched: remove some others`,
  quota: (path, bytes) =>
    `The quota of this user leaves no room to write ${path} (${bytes}). Files written before are untouched: free some space, or have the quota raised`,
};

/** What a person can do something about. */
const REFUSED: Readonly<Record<string, string>> = {
  EROFS: 'that file system is read-only. Name a folder on another one, or mount a volume there',
  EACCES: 'this user may not. Name another folder, or let it write there',
  EPERM: 'this user may not. Name another folder, or let it write there',
  REMOVED:
    'somebody has removed it while it was written. Run it again, a training with --resume if its folder is still there',
  ENOENT:
    'the folder that it belongs in is gone or was moved, or takes nothing new, as /proc (ENOENT). Bring it back (a run goes on then, with --resume), or name another folder',
  EEXIST:
    'on the way to it something is there that is no folder, such as a link that leads nowhere. Name another folder',
  ESTALE:
    'its network file system has lost it (stale handle). Mount that again, then run it again, a training with --resume',
};
