import type { CommandModule } from 'yargs';
import { EXIT } from '../shared/errors.ts';
import { printFailure } from './command/failure.ts';
import { cacheMemoryOf } from './run/cache-memory.ts';
import { coresOf } from './run/cores.ts';
import { onInterrupt } from './run/interrupts.ts';
import { COMMAND } from './command/self.ts';
import type { Argv0 } from './command/settings.ts';
import { keptOptions, placedSettings, readAskedSweep, withSweep } from './sweep/asked.ts';
import { Board } from './sweep/board.ts';
import { Conductor } from './sweep/conduct.ts';
import { writeReport } from './sweep/report/write.ts';
import { sweepResultLines } from './sweep/result-lines.ts';
import { createSweepScreen } from './sweep/screen/sweep-screen.ts';

export const sweepCommand: CommandModule = {
  command: 'sweep',
  describe: 'Compare: train every combination of settings, and write a report',
  builder: (yargs) => withSweep(yargs),
  handler: async (argv) => {
    process.exitCode = await sweep(argv);
  },
};

async function sweep(argv: Argv0): Promise<number> {
  const { grid, settings, origins, options, folder, share, resumeCommand } = await readAskedSweep(argv);
  const { quiet, json, parallel, workers, stallSeconds } = options;
  const cacheMemory = cacheMemoryOf(options.cacheMemory, workers);
  const cores = coresOf(options.cores, workers);
  await folder.make();
  const lock = await folder.lock();
  const notes = cacheMemory.warning === null ? [...grid.notes] : [...grid.notes, cacheMemory.warning];
  const board = await Board.open(grid, folder, (sentence) => notes.push(sentence));
  await folder.writePlan(placedSettings(settings), keptOptions(options), origins);
  const screen = createSweepScreen({ out: process.stdout, quiet, json, now: Date.now });
  const report = (): Promise<void> =>
    writeReport(folder, { grid, results: board.results, command: COMMAND, workers: share, cores });
  const conductor = new Conductor({
    board,
    folder,
    parallel,
    workers: share,
    cores,
    cacheMemory: cacheMemory.bytes,
    stallSeconds,
    onEvent: (event) => screen.show(event),
    report,
  });
  // Each run's workers are ended with this process.
  process.setMaxListeners(process.getMaxListeners() + parallel);
  const release = onInterrupt({
    gently: (reason) => conductor.interrupt(reason),
    atOnce: () => {
      screen.clear();
      conductor.kill();
      process.exit(EXIT.interrupted);
    },
  });
  try {
    const runs = grid.cells.length;
    screen.show({ type: 'sweep', dir: folder.dir, runs, missing: runs - board.finished, parallel, workers: share });
    for (const message of notes) screen.show({ type: 'note', message });
    await report();
    const { exitCode, stop } = await conductor.conduct();
    screen.show({ type: 'sweepEnded', finished: board.finished, runs, report: folder.reportFile });
    screen.say(sweepResultLines(board.results, { report: folder.reportFile, resumeCommand }));
    if (stop !== null && exitCode !== EXIT.interrupted) printFailure(`The sweep has stopped: ${stop}`);
    return exitCode;
  } finally {
    screen.clear();
    release();
    lock.release();
  }
}
