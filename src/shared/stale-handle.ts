import { constants } from 'node:os';

/**
 * ESTALE: a network file system has lost what it was asked for, since another machine removed or replaced it. Node has no name for it,
 * only the number.
 */
export function isStaleHandle(error: unknown): boolean {
  const { code, errno } = error as NodeJS.ErrnoException;
  return code === 'ESTALE' || errno === -constants.errno.ESTALE;
}
