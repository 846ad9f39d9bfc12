import { EXIT, GradsocketError } from './errors.ts';
import { isStaleHandle } from './stale-handle.ts';

/** What the system says of a path that a person can set right. That nothing is there is left out: most often we were to make it. */
const WHY: Readonly<Record<string, string>> = {
  EACCES: 'this user may not. Give it the right to, or run as the user whose it is',
  EPERM: 'this user may not. Give it the right to, or run as the user whose it is',
  EISDIR: 'it is a folder, where a file is expected',
  ENOTDIR: 'a part of it is a file, where a folder is expected',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'it is too long for that file system',
  EIO: 'its disk fails (EIO). Look at what the kernel says of that (dmesg)',
  EROFS: 'that file system is read-only. Mount it so that it can be written to',
  ENOMEM: 'the system has no memory left for that (ENOMEM)',
  ETIMEDOUT: 'its network file system does not answer',
  ESTALE: 'its network file system has lost it (stale handle). Mount that again',
};

/** Of a file or folder that the system refuses, why, to end a sentence with; null: the error says something else. */
export function whyDenied(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return WHY[isStaleHandle(error) ? 'ESTALE' : ((error as NodeJS.ErrnoException).code ?? '')] ?? null;
}

/** A file or folder that the system refuses this process, where that is what an error says; null: it says something else. */
export function denied(error: unknown): GradsocketError | null {
  if (error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'uv_cwd') return withoutFolder(error);
  const why = whyDenied(error);
  if (why === null) return null;
  const { path, syscall = '' } = error as NodeJS.ErrnoException;
  // Of a program that cannot be started, the path is its name.
  if (path === undefined || syscall.startsWith('spawn')) return null;
  return new GradsocketError('PATH_DENIED', EXIT.ioError, `${path} cannot be used: ${why}.`, { cause: error });
}

/** A shell may stand in a folder that was removed since; nothing can be started from there. */
function withoutFolder(cause: Error): GradsocketError {
  const message =
    'The folder that this was started in is gone, or may not be looked into. Change to another one (cd), and start it again.';
  return new GradsocketError('NO_FOLDER', EXIT.ioError, message, { cause });
}
