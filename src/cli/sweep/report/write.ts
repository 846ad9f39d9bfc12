import { writeFileAtomically } from '../../../shared/checkpoint/atomic-file.ts';
import type { Grid } from '../grid/grid.ts';
import { repeatCommand } from '../../run/repeat.ts';
import type { RunResult } from '../results/result.ts';
import type { SweepFolder } from '../sweep-folder.ts';
import { reportPage } from './page.ts';
import { csvOf } from './table.ts';

export interface ReportOptions {
  readonly grid: Grid;
  readonly results: readonly RunResult[];
  /** How gradsocket is called here. */
  readonly command: string;
  /** How many workers each run had. */
  readonly workers: number;
  readonly cores: number;
}

/** Both files, each whole or as it was. */
export async function writeReport(folder: SweepFolder, options: ReportOptions): Promise<void> {
  const { grid, results, command, workers, cores } = options;
  const commandOf = ({ cell, engine }: RunResult): string => repeatCommand(cell.job, { command, workers, engine });
  await writeFileAtomically(
    folder.reportFile,
    reportPage({ grid, results, commandOf, workers, cores, dir: folder.dir }),
  );
  await writeFileAtomically(folder.tableFile, csvOf(grid, results, commandOf));
}
