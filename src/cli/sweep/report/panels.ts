import type { Factor, Grid } from '../grid/grid.ts';
import type { RunResult } from '../results/result.ts';

/** Runs that are drawn into one frame. */
interface Panel {
  readonly results: readonly RunResult[];
}

/** A table of frames: columns and rows are levels of a factor, or one of them alone. */
export interface Block {
  /** The levels of the factors that are neither column, row nor color; empty where there are none. */
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly panels: readonly (readonly Panel[])[];
}

export interface Arrangement {
  /** Whose levels have the colors. */
  readonly color: Factor;
  /** Which of the grid's settings `color` is, by its place there. */
  readonly colorIndex: number;
  readonly column: Factor | null;
  readonly row: Factor | null;
  readonly blocks: readonly Block[];
}

/** What stands for a factor that has no meaning for a run. */
const NONE = '–';

/**
 * Many curves in few frames: the last factor gives the colors, the first the columns, the second the rows, and all others
 * blocks of frames. So a frame has as many lines as the last factor has levels.
 */
export function arrange({ factors }: Grid, results: readonly RunResult[]): Arrangement {
  const colorIndex = factors.length - 1;
  const column = factors.length > 1 ? 0 : null;
  const row = factors.length > 2 ? 1 : null;
  const others = factors
    .map((_, index) => index)
    .filter((index) => index !== colorIndex && index !== column && index !== row);
  const groups = new Map<string, RunResult[]>();
  for (const result of results) {
    const key = JSON.stringify(others.map((index) => result.cell.levels[index]));
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const blocks = [...groups.values()].map((group): Block => {
    const columns = levelsIn(group, column);
    const rows = levelsIn(group, row);
    return {
      title: others.map((index) => `${factors[index]!.name} ${group[0]?.cell.levels[index] ?? NONE}`).join(' · '),
      columns,
      rows,
      panels: rows.map((y) =>
        columns.map((x) => ({
          results: group.filter((result) => levelOf(result, column) === x && levelOf(result, row) === y),
        })),
      ),
    };
  });
  return {
    color: factors[colorIndex]!,
    colorIndex,
    column: column === null ? null : factors[column]!,
    row: row === null ? null : factors[row]!,
    blocks,
  };
}

function levelOf({ cell }: RunResult, factor: number | null): string {
  return factor === null ? '' : (cell.levels[factor] ?? NONE);
}

/** The values that a setting has in these results, in the order of the grid. */
function levelsIn(results: readonly RunResult[], factor: number | null): readonly string[] {
  return [...new Set(results.map((result) => levelOf(result, factor)))];
}
