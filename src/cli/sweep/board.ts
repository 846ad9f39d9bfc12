import { DIVERGED } from '../../shared/checkpoint/finite.ts';
import type { Cell, Grid } from './grid/grid.ts';
import { type RunEnd, wasInterrupted } from './one-run.ts';
import type { Failure } from '../../coordinator/store/told.ts';
import { readRecord } from './results/record.ts';
import { type RunResult, resultOf } from './results/result.ts';
import { standingOf } from './results/standing.ts';
import type { Place, Standing } from './grid/scheduler.ts';
import type { SweepFolder } from './sweep-folder.ts';

interface Entry {
  readonly cell: Cell;
  standing: Standing;
  failure: Failure | null;
  result: RunResult;
}

/** Every run of the sweep: where it stands, and what came of it. */
export class Board {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #folder: SweepFolder;

  private constructor(entries: readonly Entry[], folder: SweepFolder) {
    this.#entries = new Map(entries.map((entry) => [entry.cell.id, entry]));
    this.#folder = folder;
  }

  /** Reads what an earlier sweep left. Changes nothing, and refuses folders that hold other runs. `tell`: what of them is damaged. */
  static async open(grid: Grid, folder: SweepFolder, tell: (sentence: string) => void): Promise<Board> {
    const entries: Entry[] = [];
    for (const cell of grid.cells) {
      const runDir = folder.runDir(cell.id);
      const record = await readRecord(runDir, tell);
      const standing = standingOf(record, cell.job, runDir);
      entries.push({ cell, standing, failure: null, result: resultOf(cell, standing, record, null) });
    }
    return new Board(entries, folder);
  }

  get places(): readonly Place[] {
    return [...this.#entries.values()].map(({ cell, standing, failure }) => ({ id: cell.id, standing, failure }));
  }

  get results(): readonly RunResult[] {
    return [...this.#entries.values()].map(({ result }) => result);
  }

  /** Runs that need not run again. */
  get finished(): number {
    return this.places.filter(({ standing }) => standing === 'done' || standing === 'diverged').length;
  }

  /** Returns what it was before. */
  begin(id: string): { readonly cell: Cell; readonly before: Standing } {
    const entry = this.#entry(id);
    const before = entry.standing;
    entry.standing = 'running';
    return { cell: entry.cell, before };
  }

  async end(id: string, end: RunEnd): Promise<RunResult> {
    const entry = this.#entry(id);
    const record = await readRecord(this.#folder.runDir(id));
    entry.standing = standingAfter(end);
    entry.failure = entry.standing === 'failed' ? end.failure : null;
    entry.result = resultOf(entry.cell, entry.standing, record, entry.failure);
    return entry.result;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new TypeError(`there is no run ${id}`);
    return entry;
  }
}

function standingAfter(end: RunEnd): Standing {
  if (end.failure !== null) return end.failure.code === DIVERGED ? 'diverged' : 'failed';
  return wasInterrupted(end) ? 'interrupted' : 'done';
}
