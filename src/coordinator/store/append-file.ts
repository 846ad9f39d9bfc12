import { isFull, writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { type Disk, type DiskFile, nodeDisk } from '../../shared/disk.ts';
import type { GradsocketError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';

/**
 * After a write, until the next one. To hand a write to the system takes the coordinator's thread, and a core from the
 * workers beside it, ten times as long as all else that it does with a line.
 */
const PAUSE_MS = 100;
/** On a full disk, between two attempts; and how long somebody has to make room. */
const RETRY_MS = 1_000;
const PATIENCE_MS = 60_000;

export interface AppendOptions {
  readonly disk?: Disk;
  readonly clock?: Clock;
  /**
   * What cannot be written of a record ends the run: `onError` is called once, and nothing is written after it. On a full disk it
   * waits for room, for a while. Anything else leaves out what it cannot write, and goes on.
   */
  readonly record: boolean;
  readonly onError: (error: GradsocketError) => void;
  /** Something could not be written for now. Once for each time that it begins. */
  readonly onTrouble?: (error: GradsocketError, path: string) => void;
}

/** A file that grows as things happen, so that a crash loses the last moment at most. Whoever appends does not wait. */
export class AppendFile {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #options: AppendOptions;
  readonly #clock: Clock;
  /** Of what was written whole. */
  #length: number;
  #queue: Uint8Array[] = [];
  #writing: Promise<void> | null = null;
  #error: GradsocketError | null = null;
  #inTrouble = false;
  /** How many wait for everything to be written. */
  #hurried = 0;
  #endPause: () => void = () => undefined;

  private constructor(path: string, file: DiskFile, length: number, options: AppendOptions) {
    this.path = path;
    this.#file = file;
    this.#length = length;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** `keep`: bytes at the start that stay, where the file is there already; null: it must not be there. */
  static async open(path: string, keep: number | null, options: AppendOptions): Promise<AppendFile> {
    try {
      const file = await (options.disk ?? nodeDisk).open(path, { fresh: keep === null });
      try {
        if (keep !== null) await file.truncate(keep);
      } catch (error) {
        await file.close();
        throw error;
      }
      return new AppendFile(path, file, keep ?? 0, options);
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
    if (this.#error === null && sync) await this.#file.sync().catch((error: unknown) => this.#fail(error));
    if (this.#error !== null) throw this.#error;
  }

  /** Takes back all but the first `length` bytes, also from the disk. Nothing may be appended meanwhile. */
  async cut(length: number): Promise<void> {
    await this.#written();
    if (this.#error === null) {
      await this.#file.truncate(length).catch((error: unknown) => this.#fail(error));
      this.#length = length;
    }
    await this.flush(true);
  }

  /** Never throws: what could not be written was told to `onError`. */
  async close(): Promise<void> {
    await this.#written();
    await this.#file.close().catch(() => undefined);
  }

  async #written(): Promise<void> {
    this.#hurried++;
    this.#endPause();
    while (this.#writing !== null) await this.#writing;
    this.#hurried--;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async #write(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const bytes = Buffer.concat(this.#queue);
        this.#queue = [];
        await this.#add(bytes);
        if (this.#hurried === 0) await this.#pause(PAUSE_MS);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = null;
    }
  }

  async #add(bytes: Uint8Array): Promise<void> {
    for (let waited = 0; ; waited += RETRY_MS) {
      try {
        await this.#file.append(bytes);
        this.#length += bytes.length;
        this.#inTrouble = false;
        return;
      } catch (error) {
        const { record } = this.#options;
        // A part of it may have come in.
        const clean = await this.#file.truncate(this.#length).then(
          () => true,
          () => false,
        );
        if (record && (!clean || !isFull(error) || waited >= PATIENCE_MS)) {
          throw writeFailure(this.path, bytes.length, error);
        }
        this.#trouble(error, bytes.length);
        if (!record) return;
        await new Promise<void>((resolve) => void this.#clock.after(RETRY_MS, resolve));
      }
    }
  }

  #trouble(error: unknown, bytes: number): void {
    if (this.#inTrouble) return;
    this.#inTrouble = true;
    this.#options.onTrouble?.(writeFailure(this.path, bytes, error), this.path);
  }

  #fail(error: unknown): void {
    if (this.#error !== null) return;
    const failure = writeFailure(this.path, 0, error);
    if (!this.#options.record) return this.#trouble(failure, 0);
    this.#queue = [];
    this.#error = failure;
    this.#options.onError(failure);
  }
}
