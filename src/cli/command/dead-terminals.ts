import { closeSync, fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * When it ends, Node sets terminals back to how it found them, and where one has hung up since it aborts, with a stack of its own.
 * Of a closed one there is nothing to set back.
 */
export function closeDeadTerminals(): void {
  for (const fd of [0, 1, 2]) if (isDevice(fd) && !isatty(fd)) closeSync(fd);
}

/** A terminal is one, also when nobody is at its other end any more. */
function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}
