import { type FileHandle, open } from 'node:fs/promises';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';

/** A file that grows as things happen, so that a crash loses the end at most. Whoever appends does not wait. */
export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  /** Called with the first error; nothing is written after it. */
  readonly #onError: (error: Error) => void;
  #queue: Uint8Array[] = [];
  #writing: Promise<void> | null = null;
  #error: Error | null = null;

  private constructor(path: string, handle: FileHandle, onError: (error: Error) => void) {
    this.path = path;
    this.#handle = handle;
    this.#onError = onError;
  }

  /** `keep`: bytes at the start that stay, where the file is there already; null: it must not be there. */
  static async open(path: string, keep: number | null, onError: (error: Error) => void): Promise<AppendFile> {
    try {
      const handle = await open(path, keep === null ? 'ax' : 'a');
      if (keep !== null) await handle.truncate(keep);
      return new AppendFile(path, handle, onError);
    } catch (error) {
      throw writeFailure(path, 0, error);
    }
  }

  /** `bytes` must not change any more. */
  append(bytes: Uint8Array): void {
    if (this.#error !== null) return;
    this.#queue.push(bytes);
    this.#writing ??= this.#write();
  }

  /** Waits until everything appended is in the file; with `sync`, until it is on the disk. Throws what went wrong. */
  async flush(sync = false): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#error === null && sync) await this.#handle.datasync().catch((error: unknown) => this.#fail(error));
    if (this.#error !== null) throw this.#error;
  }

  /** Never throws: what could not be written was told to `onError`. */
  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#handle.close().catch(() => undefined);
  }

  async #write(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const bytes = Buffer.concat(this.#queue);
        this.#queue = [];
        await this.#handle.appendFile(bytes);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = null;
    }
  }

  #fail(error: unknown): void {
    if (this.#error !== null) return;
    this.#queue = [];
    this.#error = writeFailure(this.path, 0, error);
    this.#onError(this.#error);
  }
}
