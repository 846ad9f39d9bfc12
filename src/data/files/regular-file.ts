import { close, constants, open, read, type Stats } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { diskPath } from './path-bytes.ts';

const [openFile, readFrom, closeFile] = [promisify(open), promisify(read), promisify(close)];
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
 * Reads a file among others. A pipe or a device there would keep the reader waiting for ever, in the open itself, where
 * no signal ends it: it is refused.
 *
 * @throws NoRegularFile
 */
export async function readRegularFile(path: string): Promise<Uint8Array> {
  const file = await openHandle(diskPath(path), constants.O_RDONLY | WITHOUT_WAITING).catch(
    (error: NodeJS.ErrnoException) => {
      // What a socket answers.
      throw error.code === 'ENXIO' ? new NoRegularFile('it is a socket') : error;
    },
  );
  try {
    const kind = await file.stat();
    if (!kind.isFile()) throw new NoRegularFile(oddKind(kind));
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The first bytes of a file, `most` at most. Of a pipe there are none; to ask what it is would cost as much as to read. */
export async function readStart(path: string, most: number): Promise<Uint8Array> {
  // Without FileHandle, which takes as long again: there may be tens of thousands of files.
  const file = await openFile(diskPath(path), constants.O_RDONLY | WITHOUT_WAITING);
  try {
    const { buffer, bytesRead } = await readFrom(file, new Uint8Array(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await closeFile(file);
  }
}

/** What to call something that is neither a file nor a folder. */
export function oddKind(
  kind: Pick<Stats, 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice' | 'isDirectory'>,
): string {
  if (kind.isFIFO()) return 'it is a pipe';
  if (kind.isSocket()) return 'it is a socket';
  if (kind.isCharacterDevice() || kind.isBlockDevice()) return 'it is a device';
  return kind.isDirectory() ? 'it is a folder' : 'it is no file';
}
