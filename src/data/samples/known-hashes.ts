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
  /** The place of the first record of each inode. */
  readonly #places = new Map<bigint, number>();
  /** Places of those that were found. */
  readonly #found = new Set<number>();
  readonly #noted: Buffer[] = [];
  readonly #record = Buffer.alloc(STATE_BYTES);

  private constructor(file: string | null, known: Buffer) {
    this.#file = file;
    this.#known = known;
    for (let place = known.length / RECORD_BYTES - 1; place >= 0; place--) {
      this.#places.set(known.readBigUInt64BE(place * RECORD_BYTES), place);
    }
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

  /** The hash of a file's bytes, which stays known; null: it is not known, or the file is not what it was. */
  find(state: FileState): Uint8Array | null {
    writeState(this.#record, state);
    // Of files on several devices, more than one may have that inode.
    for (let place = this.#places.get(BigInt.asUintN(64, state[0])) ?? this.#count; place < this.#count; place++) {
      const at = place * RECORD_BYTES;
      const order = this.#known.compare(this.#record, 0, STATE_BYTES, at, at + STATE_BYTES);
      if (order > 0) return null;
      if (order < 0) continue;
      this.#found.add(place);
      return this.#known.subarray(at + STATE_BYTES, at + RECORD_BYTES);
    }
    return null;
  }

  /** A file that was not known. `state`: from before its bytes were read, at `now` in nanoseconds since 1970. */
  note(state: FileState, hash: Uint8Array, now: bigint): void {
    const [, , , modified, changed] = state;
    if (now - (modified > changed ? modified : changed) < TOO_FRESH) return;
    const record = Buffer.alloc(RECORD_BYTES);
    writeState(record, state);
    record.set(hash, STATE_BYTES);
    this.#noted.push(record);
  }

  /** Of the files that were found and noted, in the place of those before. */
  async store(): Promise<void> {
    const [found, noted] = [this.#found.size, this.#noted.length];
    const isSame = noted === 0 && found === this.#count;
    if (this.#file === null || isSame || found + noted === 0) return;
    await this.#keep(this.#file, this.#found);
  }

  /** Of the files that were noted, beside those before: not all were looked for. */
  async storeMore(): Promise<void> {
    if (this.#file === null || this.#noted.length === 0) return;
    await this.#keep(this.#file, Array(this.#count).keys());
  }

  /** `places`: of those before that stay. */
  async #keep(file: string, places: Iterable<number>): Promise<void> {
    const kept = [...places].map((place) => this.#known.subarray(place * RECORD_BYTES, (place + 1) * RECORD_BYTES));
    await keepFile(file, Buffer.concat([HEAD, ...[...kept, ...this.#noted].sort((a, b) => a.compare(b))]));
  }

  get #count(): number {
    return this.#known.length / RECORD_BYTES;
  }
}

/** Sorted as bytes, they are sorted by inode. */
function writeState(to: Buffer, state: FileState): void {
  const view = new DataView(to.buffer, to.byteOffset);
  for (let index = 0; index < state.length; index++) view.setBigInt64(index * 8, BigInt.asIntN(64, state[index]!));
}
