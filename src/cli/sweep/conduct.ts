import { EXIT, type ExitCode } from '../../shared/errors.ts';
import type { Board } from './board.ts';
import type { SweepEvent } from './events.ts';
import { OneRun } from './one-run.ts';
import { decide } from './grid/scheduler.ts';
import type { SweepFolder } from './sweep-folder.ts';

export interface ConductOptions {
  readonly board: Board;
  readonly folder: SweepFolder;
  readonly parallel: number;
  /** How many workers each run gets. */
  readonly workers: number;
  readonly cores: number;
  readonly cacheMemory: number;
  readonly stallSeconds: number | null;
  readonly onEvent: (event: SweepEvent) => void;
  /** Writes the report anew. */
  readonly report: () => Promise<void>;
}

export interface SweepEnd {
  readonly exitCode: ExitCode;
  /** Why runs were left out; null: none was. */
  readonly stop: string | null;
}

/** Runs what is missing, several runs at once, and keeps the report current. */
export class Conductor {
  readonly #options: ConductOptions;
  readonly #running = new Map<string, OneRun>();
  #interrupted = false;
  /** Of the runs that failed, oldest first. */
  readonly #failedWith: ExitCode[] = [];

  constructor(options: ConductOptions) {
    this.#options = options;
  }

  /** Lets running ones checkpoint and leave; none is started after it. */
  interrupt(reason: string): void {
    this.#interrupted = true;
    this.#options.onEvent({ type: 'stopping', reason });
    for (const run of this.#running.values()) run.interrupt(reason);
  }

  kill(): void {
    for (const run of this.#running.values()) run.kill();
  }

  async conduct(): Promise<SweepEnd> {
    const { board, parallel, report } = this.#options;
    const ends = new Map<string, Promise<string>>();
    for (;;) {
      const { start, stop } = decide(board.places, parallel, this.#interrupted);
      for (const id of start) ends.set(id, this.#start(id));
      if (ends.size === 0) return { exitCode: this.#exitCode(stop), stop };
      ends.delete(await Promise.race(ends.values()));
      await report();
    }
  }

  async #start(id: string): Promise<string> {
    const { board, folder, workers, cores, cacheMemory, stallSeconds, onEvent } = this.#options;
    const { cell, before } = board.begin(id);
    const resumed = before === 'begun';
    onEvent({ type: 'runStarted', run: id, label: cell.label, resumed });
    const run = new OneRun({
      job: cell.job,
      runDir: folder.runDir(id),
      resume: resumed,
      workers,
      cores,
      cacheMemory,
      stallSeconds,
      onEvent: (event) => onEvent({ type: 'run', run: id, event }),
    });
    this.#running.set(id, run);
    const end = await run.ended;
    this.#running.delete(id);
    if (end.failure !== null) this.#failedWith.push(end.exitCode);
    const { diagnosis, best } = await board.end(id, end);
    onEvent({
      type: 'runEnded',
      run: id,
      label: cell.label,
      ...diagnosis,
      validationAccuracy: best?.accuracy ?? null,
      validationLoss: best?.loss ?? null,
      finished: board.finished,
      runs: board.places.length,
    });
    return id;
  }

  /** A run that diverged is a result; one that could not run to its end is to be tried again. */
  #exitCode(stop: string | null): ExitCode {
    const { board } = this.#options;
    if (board.finished === board.places.length) return EXIT.done;
    if (this.#interrupted) return EXIT.interrupted;
    const last = this.#failedWith.at(-1) ?? EXIT.tryAgain;
    // What every run meets, such as data that cannot be read, is not mended by trying again.
    const all = this.#failedWith.length === board.places.length && this.#failedWith.every((code) => code === last);
    return stop === null && !all ? EXIT.tryAgain : last;
  }
}
