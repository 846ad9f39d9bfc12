import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import type { Coordinator } from '../coordinator/coordinator.ts';
import { EXIT } from '../shared/errors.ts';
import { type LaunchOptions, hostAndPort, launchOptions } from '../shared/job/options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { printFailure } from './failure.ts';
import { type Asked, readAsked } from './run/asked.ts';
import { beginRun } from './run/begin.ts';
import { onInterrupt } from './run/interrupts.ts';
import { LocalWorkers } from './run/workers.ts';
import { COMMAND, exampleImage, MAIN } from './self.ts';
import { type Argv0, withSettings } from './settings.ts';
import { resultLines } from './ui/result.ts';
import { createScreen, type Screen } from './ui/screen.ts';

/** Workers that were told to leave do so in a moment; one that does not is hung. */
const LEAVE_PATIENCE_MS = 3_000;

export const launchCommand: CommandModule = {
  command: 'launch',
  describe: 'Train: a coordinator and its workers on this machine',
  builder: (yargs) =>
    withSettings(withSettings(yargs, 'The run:', launchOptions), 'The job:', jobSchema).option('config', {
      type: 'string',
      describe: 'YAML file of settings, in the words of the flags',
    }),
  handler: async (argv) => {
    process.exitCode = await launch(argv);
  },
};

async function launch(argv: Argv0): Promise<number> {
  const asked = await readAsked(argv, launchOptions);
  const { quiet, json } = asked.options;
  const screen = createScreen({ out: process.stdout, quiet, json, now: Date.now });
  try {
    return await train(asked, screen);
  } finally {
    screen.clear();
  }
}

async function train(asked: Asked<LaunchOptions>, screen: Screen): Promise<number> {
  const { options, runDir } = asked;
  // Where only this machine reaches us, a token that nobody needs to know keeps its other users out.
  const token =
    options.token ?? (isLoopback(hostAndPort(options.listen).host) ? randomBytes(24).toString('hex') : null);
  let coordinator: Coordinator | null = null;
  let workers: LocalWorkers | null = null;
  const release = onInterrupt({
    gently: (reason) => {
      if (coordinator === null) leaveAtOnce(workers, screen);
      else coordinator.interrupt(reason);
    },
    atOnce: () => leaveAtOnce(workers, screen),
  });
  try {
    coordinator = await beginRun(asked, token, (event) => {
      screen.show(event);
      if (event.type !== 'failed') return;
      screen.clear();
      printFailure(event.message);
    });
    const started = coordinator;
    workers = new LocalWorkers({
      count: options.workers,
      threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / options.workers)),
      url: coordinator.url,
      token,
      cacheMemory: options.cacheMemory,
      certificate: options.tlsCert,
      logs: join(runDir, 'logs'),
      main: MAIN,
      onExit: (name, why) => started.workerExited(name, why),
    });
    const { exitCode, summary } = await coordinator.finished;
    workers.expectExit();
    if (summary !== null) {
      screen.say(resultLines(summary, { runDir, command: COMMAND, example: exampleImage(asked.job.data) }));
    }
    return exitCode;
  } finally {
    await workers?.gone(LEAVE_PATIENCE_MS);
    await coordinator?.close();
    release();
  }
}

function leaveAtOnce(workers: LocalWorkers | null, screen: Screen): never {
  screen.clear();
  workers?.kill();
  process.exit(EXIT.interrupted);
}
