import { createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createFolder } from '../../shared/create-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import { isLitter } from '../files/folder.ts';
import { awayIn } from '../files/read-again.ts';

/** More than any archive of images holds; what is beyond is made to fill a disk. */
const ARCHIVE_LIMITS = { files: 20_000_000, ratio: 200, ratioFrom: 2 ** 30 } as const;
/** Bytes between two looks at the disk, and what is left free on it. */
const LOOK_EVERY = 256 * 2 ** 20;
const KEEP_FREE = 256 * 2 ** 20;

/** Where an archive is unpacked to: the door that no name, size or number gets through unchecked. */
export class Destination {
  readonly #folder: string;
  readonly #archive: string;
  readonly #packed: number;
  readonly #onFile: (files: number) => void;
  readonly #made = new Map<string, Promise<void>>();
  #files = 0;
  #bytes = 0;
  #sureUntil = 0;

  /** `archive`: as it is called in sentences; `packed`: its size. */
  constructor(folder: string, archive: string, packed: number, onFile: (files: number) => void) {
    this.#folder = folder;
    this.#archive = archive;
    this.#packed = packed;
    this.#onFile = onFile;
  }

  /** Refuses what does not fit on the disk, where it is known beforehand. */
  async expect(bytes: number): Promise<void> {
    this.#checkRatio(bytes);
    await this.#checkDisk(bytes);
  }

  /** Null: a file that no dataset needs, such as what desktops leave. Throws for a name that leads elsewhere. */
  placeOf(name: string): string | null {
    if (name.includes('\0')) {
      throw this.refused(`it holds the name ${JSON.stringify(name)}, which no file can have`, LOOK_INSIDE);
    }
    // As some programs of Windows part them.
    const parts = name.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
    if (/^(?:[\\/]|[a-z]:)/i.test(name) || parts.includes('..')) {
      throw this.refused(`it holds the name ${JSON.stringify(name)}, which leads out of its folder`, LOOK_INSIDE);
    }
    return parts.length === 0 || parts.some(isLitter) ? null : join(this.#folder, ...parts);
  }

  /** Each folder once, however many files it holds. */
  makeFolder(path: string): Promise<void> {
    const known = this.#made.get(path);
    if (known !== undefined) return known;
    const made = createFolder(path).catch((error: Error) => {
      throw this.#cannotWrite(path, error);
    });
    this.#made.set(path, made);
    return made;
  }

  async write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#files += 1;
    if (this.#files > ARCHIVE_LIMITS.files) {
      throw this.refused(`it holds more than ${ARCHIVE_LIMITS.files} files`, LOOK_INSIDE);
    }
    await this.makeFolder(dirname(path));
    try {
      // Never over a file that is there: a second entry of the same name is no way to change the first.
      await pipeline(this.#counted(content), createWriteStream(path, { flags: 'wx' }));
    } catch (error) {
      throw isErrno(error) && error.syscall !== undefined ? this.#cannotWrite(path, error) : error;
    }
    this.#onFile(this.#files);
  }

  async *#counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const part of content) {
        this.#bytes += part.length;
        this.#checkRatio(this.#bytes);
        if (this.#bytes > this.#sureUntil) {
          this.#sureUntil = this.#bytes + LOOK_EVERY;
          await this.#checkDisk(part.length);
        }
        yield part;
      }
    } catch (error) {
      // The disk that the archive is on, not the one that it is unpacked to.
      throw awayIn(this.#archive, error) ?? error;
    }
  }

  refused(why: string, whatToDo = 'Fetch it again, or unpack it yourself and pass the folder.'): GradsocketError {
    return new GradsocketError('ARCHIVE', EXIT.badData, `${this.#archive} cannot be unpacked: ${why}. ${whatToDo}`);
  }

  #checkRatio(bytes: number): void {
    const { ratio, ratioFrom } = ARCHIVE_LIMITS;
    if (bytes < ratioFrom || bytes < ratio * this.#packed) return;
    throw this.refused(`it becomes more than ${ratio} times as large as it is`, LOOK_INSIDE);
  }

  async #checkDisk(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize - bytes < KEEP_FREE) throw this.#diskFull();
  }

  #cannotWrite(path: string, error: NodeJS.ErrnoException): GradsocketError {
    const short = exhausted(error);
    if (short !== null) return short;
    const inside = path.slice(this.#folder.length + 1);
    if (error.code === 'EEXIST' || error.code === 'ENOTDIR' || error.code === 'EISDIR') {
      return this.refused(`it holds ${JSON.stringify(inside)} twice`);
    }
    if (error.code === 'ENAMETOOLONG') {
      const why = `it holds the name ${JSON.stringify(inside)}, which is too long for this file system`;
      return this.refused(why, 'Unpack it yourself with shorter names, and pass the folder.');
    }
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return this.#diskFull();
    const why = error.code ?? error.message;
    const sentence = `${inside} of ${this.#archive} cannot be written into the cache folder ${this.#folder} (${why}). Set GRADSOCKET_CACHE to another, or unpack it yourself and pass the folder.`;
    return new GradsocketError('ARCHIVE_WRITE', EXIT.ioError, sentence, { cause: error });
  }

  #diskFull(): GradsocketError {
    return new GradsocketError(
      'ARCHIVE_DISK_FULL',
      EXIT.ioError,
      `The disk of the cache folder has no room for what ${this.#archive} holds. Free some, set GRADSOCKET_CACHE to a folder on another disk, or unpack the archive elsewhere and pass the folder.`,
    );
  }
}

const LOOK_INSIDE = 'Look at where it comes from; if you trust it, unpack it yourself and pass the folder.';

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
