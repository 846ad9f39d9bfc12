import { type FileHandle, open } from 'node:fs/promises';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';

/**
 * After a write, until the next one. To hand a write to the system takes the coordinator's thread, and a core from the
 * workers beside it, ten times as long as all else that it does with a line.
 */
const PAUSE_MS = 100;

/** A file that grows as things happen, so that a crash loses the last moment at most. Whoever appends does not wait. */
export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  /** Called with the first error; nothing is written after it. */
  readonly #onError: (error: Error) => void;
  #queue: Uint8Array[] = [];
  #writing: Promise<void> | null = null;
  #error: Error | null = null;
  /** How many wait for everything to be written. */
  #hurried = 0;
  #endPause: () => void = () => undefined;

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
    await this.#written();
    if (this.#error === null && sync) await this.#handle.datasync().catch((error: unknown) => this.#fail(error));
    if (this.#error !== null) throw this.#error;
  }

  /** Never throws: what could not be written was told to `onError`. */
  async close(): Promise<void> {
    await this.#written();
    await this.#handle.close().catch(() => undefined);
  }

  async #written(): Promise<void> {
    this.#hurried++;
    this.#endPause();
    while (this.#writing !== null) await this.#writing;
    this.#hurried--;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #write(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const bytes = Buffer.concat(this.#queue);
        this.#queue = [];
        await this.#handle.appendFile(bytes);
        if (this.#hurried === 0) await this.#pause();
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
