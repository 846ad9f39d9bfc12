import { readFile } from 'node:fs/promises';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { AppendFile } from './append-file.ts';

/** One JSON value a line, appended as things happen, so that a crash loses the last lines at most. */
export class LineFile {
  readonly #file: AppendFile;

  private constructor(file: AppendFile) {
    this.#file = file;
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
    const content = await readIfThere(path).catch((error: unknown) => {
      throw writeFailure(path, 0, error);
    });
    const { kept, bytes } = keptLines(content, keep);
    return { file: new LineFile(await AppendFile.open(path, bytes, onError)), kept };
  }

  append(line: object): void {
    this.#file.append(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  /** Waits until everything appended is in the file; with `sync`, until it is on the disk. Throws what went wrong. */
  flush(sync = false): Promise<void> {
    return this.#file.flush(sync);
  }

  /** Never throws: what could not be written was told to `onError`. */
  close(): Promise<void> {
    return this.#file.close();
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
