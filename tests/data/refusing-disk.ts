import { basename } from 'node:path';

/** How often a disk still refuses what has this name, with EIO. */
export const refusals = new Map<string, number>();

/** For what is put in the place of what reads. */
export function mayRefuse(path: unknown): void {
  const name = basename(String(path));
  const left = refusals.get(name) ?? 0;
  if (left === 0) return;
  refusals.set(name, left - 1);
  throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
}
