import { fdatasync, fsync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createFolder } from './create-folder.ts';

// By the file's number: the handles that Yarn's Plug'n'Play puts in the place of Node's cannot sync.
const synced = promisify(fsync);
const contentSynced = promisify(fdatasync);

/** A file that is open to grow. */
export interface DiskFile {
  /** Where it fails, a part of `bytes` may have been written. */
  append(bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Until its content is on the disk, under some name. After it has failed once, nobody knows what is. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * All that what lasts of a run asks of a file system. What a call has changed, other processes see at once; whether it is still
 * there after a power failure is known only of synced content under a name in a synced folder. All reject with the system's errors.
 */
export interface Disk {
  /** `fresh`: it must not be there; else it is made where it is missing. `mode`: of a file that is made. */
  open(path: string, options: { readonly fresh: boolean; readonly mode?: number }): Promise<DiskFile>;
  read(path: string): Promise<Buffer>;
  /** Names of the files and folders in a folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Replaces what has the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Where it is there. */
  remove(path: string): Promise<void>;
  /** With those above it, where they are missing. */
  makeFolder(path: string): Promise<void>;
  /** Until the names in it are on the disk. */
  syncFolder(path: string): Promise<void>;
  /** How many bytes may still be written in a folder; null where the system does not say. */
  free(folder: string): Promise<number | null>;
}

/** Somebody has removed a file that is written, or its folder. */
export class Removed extends Error {
  readonly code = 'REMOVED';

  constructor() {
    super('it was removed meanwhile');
  }
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  /** What a file system says that counts no names is 0 of all. */
  readonly #hasNames: boolean;

  private constructor(handle: FileHandle, hasNames: boolean) {
    this.#handle = handle;
    this.#hasNames = hasNames;
  }

  static async open(path: string, flags: string, mode: number): Promise<NodeFile> {
    const handle = await open(path, flags, mode);
    try {
      return new NodeFile(handle, (await handle.stat()).nlink > 0);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#handle.appendFile(bytes);
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  async sync(): Promise<void> {
    await contentSynced(this.#handle.fd);
    // It can be written to all the same, and is gone with all of that once it is closed.
    if (this.#hasNames && (await this.#handle.stat()).nlink === 0) throw new Removed();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

export const nodeDisk: Disk = {
  open: (path, { fresh, mode = 0o666 }) => NodeFile.open(path, fresh ? 'ax' : 'a', mode),
  read: async (path) => {
    try {
      return await readFile(path);
    } catch (error) {
      // What fails once it is open has no name in it.
      throw Object.assign(error as NodeJS.ErrnoException, { path });
    }
  },
  list: (folder) => readdir(folder),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  makeFolder: (path) => createFolder(path),
  syncFolder: async (path) => {
    // Windows cannot open folders, and writes names through.
    if (process.platform === 'win32') return;
    const handle = await open(path, 'r');
    try {
      await synced(handle.fd);
    } finally {
      await handle.close();
    }
  },
  free: async (folder) => {
    const { blocks, bavail, bsize } = await statfs(folder);
    // What is mounted from elsewhere may know nothing of blocks.
    return blocks === 0 ? null : bavail * bsize;
  },
};

/** A file that may be missing: then it is empty. */
export async function readIfThere(disk: Disk, path: string): Promise<Buffer> {
  try {
    return await disk.read(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
