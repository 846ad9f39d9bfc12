import { createHash } from 'node:crypto';
import { type BigIntStats, stat } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { diskPath } from '../files/path-bytes.ts';
import { keepFile } from '../files/kept-file.ts';

const statOf = promisify<string | Buffer, { bigint: true }, BigIntStats>(stat);

/** What the system says of a file that changes with its bytes, in the order in which it is kept. */
export type FileState = readonly [inode: bigint, device: bigint, size: bigint, modified: bigint, changed: bigint];

/** `GSKH` and the version, raised when records change their meaning. */
const HEAD = Buffer.from('GSKH0001');
const STATE_BYTES = 5 * 8;
const DIGEST_BYTES = 32;
const RECORD_BYTES = STATE_BYTES + DIGEST_BYTES;

/** Clocks of file systems are coarse: what was written so short a time ago may be written again and look the same, in nanoseconds. */
const TOO_FRESH = 3_000_000_000n;

/**
 * The hashes of a folder's files, from the last time that they were read: to ask the system for tens of thousands of files is
 * quick, to read them is not. A file counts as the same while its inode, size and both of its times are: nobody can set the time
 * of its last change. Lost or spoilt, it only costs time; and each sample is compared with its hash again when it is used.
 */
export class KnownHashes {
  readonly #file: string | null;
  /** By inode. */
  readonly #known: Buffer;
  readonly #noted: Buffer[] = [];
  #isNew = false;

  private constructor(file: string | null, known: Buffer) {
    this.#file = file;
    this.#known = known;
  }

  static async load(cacheDir: string, folder: string): Promise<KnownHashes> {
    try {
      const real = await realpath(diskPath(folder), 'buffer');
      const name = createHash('sha256').update(real).digest('hex');
      const file = join(cacheDir, 'datasets', `${name}.hashes`);
      const bytes = await readFile(file).catch(() => HEAD);
      const isOurs = bytes.subarray(0, HEAD.length).equals(HEAD) && (bytes.length - HEAD.length) % RECORD_BYTES === 0;
      return new KnownHashes(file, isOurs ? bytes.subarray(HEAD.length) : Buffer.alloc(0));
    } catch {
      return new KnownHashes(null, Buffer.alloc(0));
    }
  }

  /** Null: there is no telling. */
  async stateOf(path: string): Promise<FileState | null> {
    try {
      const { ino, dev, size, mtimeNs, ctimeNs } = await statOf(diskPath(path), { bigint: true });
      return [ino, dev, size, mtimeNs, ctimeNs];
    } catch {
      return null;
    }
  }

  /** The hash of a file's bytes; null: it is not known, or the file is not what it was. */
  find(state: FileState): Uint8Array | null {
    const record = recordOf(state);
    let [low, high] = [0, this.#known.length / RECORD_BYTES];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * RECORD_BYTES;
      const order = this.#known.compare(record, 0, STATE_BYTES, at, at + STATE_BYTES);
      if (order === 0) return this.#known.subarray(at + STATE_BYTES, at + RECORD_BYTES);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return null;
  }

  /** `state`: from before its bytes were read, at `now` in nanoseconds since 1970. */
  note(state: FileState, hash: Uint8Array, { isNew, now }: { readonly isNew: boolean; readonly now: bigint }): void {
    const [, , , modified, changed] = state;
    if (now - (modified > changed ? modified : changed) < TOO_FRESH) return;
    this.#noted.push(Buffer.concat([recordOf(state), hash]));
    this.#isNew ||= isNew;
  }

  /** Of the files that were noted, in the place of those before. */
  async store(): Promise<void> {
    const isSame = !this.#isNew && this.#noted.length * RECORD_BYTES === this.#known.length;
    if (this.#file === null || isSame || this.#noted.length === 0) return;
    await keepFile(this.#file, Buffer.concat([HEAD, ...this.#noted.sort((a, b) => a.compare(b))]));
  }
}

/** Sorted as bytes, they are sorted by inode. */
function recordOf(state: FileState): Buffer {
  const record = Buffer.alloc(STATE_BYTES);
  for (const [index, value] of state.entries()) record.writeBigInt64BE(BigInt.asIntN(64, value), index * 8);
  return record;
}
