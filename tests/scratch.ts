import { mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Of a machine whose temporary folder is on a disk. */
const MEMORY = '/dev/shm';
/** All that tests leave lying at once is less. Containers have 64 MiB there as a rule. */
const LEAST_BYTES = 2 ** 30;

/**
 * Where unit tests make their folders: in memory where there is room. What tells a disk to keep a file waits for it, and tests do
 * so thousands of times; that it is told at the right time, tests of the order of writes show. Null: the system's place.
 */
export const scratch: string | null = hasRoom() ? join(MEMORY, `gradsocket-tests-${process.pid}`) : null;

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    // Some tests run programs that they write.
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === MEMORY);
    return mount !== undefined && !/\bnoexec\b/.test(mount) && bavail * bsize >= LEAST_BYTES;
  } catch {
    return false;
  }
}

/** Called by vitest before and after all tests. */
export function setup(): void {
  if (scratch !== null) mkdirSync(scratch, { recursive: true });
}

export function teardown(): void {
  if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
}
