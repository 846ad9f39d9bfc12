import { type FileHandle, open, readFile } from 'node:fs/promises';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';

/** One JSON value a line, appended as things happen, so that a crash loses the last lines at most. */
export class LineFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Called with the first error; nothing is written after it. */
  readonly #onError: (error: Error) => void;
  #queue: string[] = [];
  #writing: Promise<void> | null = null;
  #error: Error | null = null;

  private constructor(path: string, handle: FileHandle, onError: (error: Error) => void) {
    this.#path = path;
    this.#handle = handle;
    this.#onError = onError;
  }

  /**
   * Opens `path` behind the lines at its start for which `keep` holds; cuts off the rest, which a later resume would
   * otherwise count twice. A last line without its end, as a crash leaves it, goes too.
   */
  static async open(
    path: string,
    keep: (line: unknown) => boolean,
    onError: (error: Error) => void,
  ): Promise<{ readonly file: LineFile; readonly kept: readonly unknown[] }> {
    try {
      const { kept, bytes } = keptLines(await readIfThere(path), keep);
      const handle = await open(path, 'a');
      await handle.truncate(bytes);
      return { file: new LineFile(path, handle, onError), kept };
    } catch (error) {
      throw writeFailure(path, 0, error);
    }
  }

  append(line: object): void {
    if (this.#error !== null) return;
    this.#queue.push(`${JSON.stringify(line)}\n`);
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
        const lines = this.#queue.join('');
        this.#queue = [];
        await this.#handle.appendFile(lines);
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
    this.#error = writeFailure(this.#path, 0, error);
    this.#onError(this.#error);
  }
}

/** The lines of a JSON-lines file that another process wrote. A last line without its end is left out. */
export async function readLines(path: string): Promise<readonly unknown[]> {
  return keptLines(await readIfThere(path), () => true).kept;
}

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function keptLines(content: Buffer, keep: (line: unknown) => boolean): { kept: unknown[]; bytes: number } {
  const kept: unknown[] = [];
  let bytes = 0;
  for (;;) {
    const end = content.indexOf(0x0a, bytes);
    if (end < 0) return { kept, bytes };
    const line = parsed(content.toString('utf8', bytes, end));
    if (line === undefined || !keep(line)) return { kept, bytes };
    kept.push(line);
    bytes = end + 1;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
