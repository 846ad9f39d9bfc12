import { basename } from 'node:path';
import { writeFileAtomically } from '../../../shared/checkpoint/atomic-file.ts';
import { handedOnJob, handedOnText } from '../../../shared/job/handed-on.ts';
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
  const { dir } = folder;
  // Both are meant to be sent to others, whom the folders of this machine do not concern.
  const commandOf = ({ cell, engine }: RunResult): string =>
    repeatCommand(handedOnJob(cell.job), { command, workers, engine });
  const told = results.map((result) => withoutFolders(result, dir));
  const shown = { ...grid, cells: grid.cells.map((cell) => ({ ...cell, job: handedOnJob(cell.job) })) };
  const facts = { grid: shown, results: told, commandOf, workers, cores, dir: basename(dir) };
  await writeFileAtomically(folder.reportFile, reportPage(facts));
  await writeFileAtomically(folder.tableFile, csvOf(grid, told, commandOf));
}

function withoutFolders(result: RunResult, dir: string): RunResult {
  const { cell, diagnosis } = result;
  return { ...result, diagnosis: { ...diagnosis, sentence: handedOnText(diagnosis.sentence, cell.job, [dir]) } };
}
