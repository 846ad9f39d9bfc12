import { stat } from 'node:fs/promises';
import { RunFolder } from '../../coordinator/store/run-folder.ts';
import type { ViewSource } from '../../coordinator/view/compose.ts';

/** Runs as they were last read: a long one takes seconds, and changes only while it goes on. */
export class RunCache {
  readonly #read: (dir: string) => Promise<ViewSource>;
  readonly #runs = new Map<string, { readonly stamp: string; readonly run: Promise<ViewSource> }>();

  constructor(read: (dir: string) => Promise<ViewSource>) {
    this.#read = read;
  }

  async get(dir: string): Promise<ViewSource> {
    const stamp = await stampOf(dir);
    const known = this.#runs.get(dir);
    if (known?.stamp === stamp) return known.run;
    const run = this.#read(dir);
    this.#runs.set(dir, { stamp, run });
    // One that could not be read is read again.
    run.catch(() => this.#runs.delete(dir));
    return run;
  }
}

/** Another one when anything was written of the run. */
async function stampOf(dir: string): Promise<string> {
  const folder = new RunFolder(dir);
  const files = [folder.jobFile, folder.metricsFile, folder.logFile, folder.summaryFile, folder.checkpoints];
  const stamps = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
        () => 'none',
      ),
    ),
  );
  return stamps.join();
}
