import type { Stats } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { diskPath } from './path-bytes.ts';

/** Not on every system. */
const WITHOUT_WAITING = constants.O_NONBLOCK ?? 0;

/** What lies at a path is no file that can be read. `reason` continues `FILE cannot be read: `. */
export class NoRegularFile extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.name = 'NoRegularFile';
    this.reason = reason;
  }
}

/**
 * Opens a file among others. A pipe or a device there would keep the reader waiting for ever, in the open itself, where
 * no signal ends it: it is refused.
 *
 * @throws NoRegularFile
 */
export async function withRegularFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(diskPath(path), constants.O_RDONLY | WITHOUT_WAITING).catch(
    (error: NodeJS.ErrnoException) => {
      // What a socket answers.
      throw error.code === 'ENXIO' ? new NoRegularFile('it is a socket') : error;
    },
  );
  try {
    const kind = await file.stat();
    if (!kind.isFile()) throw new NoRegularFile(oddKind(kind));
    return await use(file);
  } finally {
    await file.close();
  }
}

export async function readRegularFile(path: string): Promise<Uint8Array> {
  return withRegularFile(path, (file) => file.readFile());
}

/** The first bytes of a file, `most` at most. */
export async function readStart(path: string, most: number): Promise<Uint8Array> {
  return withRegularFile(path, async (file) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  });
}

/** Of what is neither file nor folder. */
export function oddKind(
  kind: Pick<Stats, 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice' | 'isDirectory'>,
): string {
  if (kind.isFIFO()) return 'it is a pipe';
  if (kind.isSocket()) return 'it is a socket';
  if (kind.isCharacterDevice() || kind.isBlockDevice()) return 'it is a device';
  return kind.isDirectory() ? 'it is a folder' : 'it is no file';
}
