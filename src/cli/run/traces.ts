import { existsSync } from 'node:fs';
import { mkdir, open, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFolder } from '../../shared/create-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { mergeTraces } from '../../worker/trace/merge.ts';

/** The trace of a run: each worker process writes one of its own, which are put together when all have ended. */
export class Traces {
  readonly #file: string;
  readonly #parts: string;
  readonly #files: string[] = [];
  /** Microseconds; the trace's time zero. */
  readonly #begun = (performance.timeOrigin + performance.now()) * 1000;

  /** What was not there before, innermost first: a launch that is refused leaves none of it. */
  readonly #made: readonly string[];

  private constructor(file: string) {
    this.#file = file;
    this.#parts = `${file}.parts`;
    this.#made = missingOf(file);
  }

  /** @throws GradsocketError where `file` cannot be written: now, and not when the run is over */
  static async create(file: string): Promise<Traces> {
    const traces = new Traces(file);
    try {
      await createFolder(dirname(file));
      // An older trace stays until there is a new one.
      await (await open(file, 'a')).close();
      await rm(traces.#parts, { recursive: true, force: true });
      await mkdir(traces.#parts);
      return traces;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new GradsocketError('TRACE_UNWRITABLE', EXIT.configuration, `--trace ${file} cannot be written: ${why}.`, {
        cause: error,
      });
    }
  }

  /** For one process. */
  newPart(process: string): string {
    const part = join(this.#parts, `${this.#files.length}-${process}.json`);
    this.#files.push(part);
    return part;
  }

  async merge(): Promise<void> {
    if (this.#files.length === 0) return this.#discard();
    // A worker that never came as far as its trace has none.
    await mergeTraces(this.#files.filter(existsSync), this.#file, this.#begun);
    await rm(this.#parts, { recursive: true, force: true });
  }

  async #discard(): Promise<void> {
    await rm(this.#parts, { recursive: true, force: true });
    const [file, ...folders] = this.#made;
    if (file === undefined) return;
    await rm(file, { force: true });
    for (const folder of folders) {
      const removed = await rmdir(folder).then(
        () => true,
        () => false, // something else lies in it by now
      );
      if (!removed) return;
    }
  }
}

/** The path and the folders above it that are not there, innermost first. */
function missingOf(path: string): readonly string[] {
  return existsSync(path) ? [] : [path, ...missingOf(dirname(path))];
}
