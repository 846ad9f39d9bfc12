import { randomBytes } from 'node:crypto';
import type { CommandModule } from 'yargs';
import { hostAndPort, type LaunchOptions, launchOptions } from '../shared/job/options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { OBEYING } from '../worker/rehearsal/orders.ts';
import { Rehearsal } from './chaos/rehearsal.ts';
import { parseChaos } from './chaos/spec.ts';
import { type Asked, readAsked } from './run/asked.ts';
import { cacheMemoryOf } from './run/cache-memory.ts';
import { coresOf } from './run/cores.ts';
import { leadRun } from './run/lead.ts';
import { tokenOf } from './run/secrets.ts';
import { Traces } from './run/traces.ts';
import { LocalWorkers } from './run/workers.ts';
import { type Argv0, withConfig, withSettings } from './command/settings.ts';

export const launchCommand: CommandModule = {
  command: 'launch',
  describe: 'Train: a coordinator and its workers on this machine',
  builder: (yargs) => withConfig(withSettings(withSettings(yargs, 'The run:', launchOptions), 'The job:', jobSchema)),
  handler: async (argv) => {
    process.exitCode = await launch(argv);
  },
};

async function launch(argv: Argv0): Promise<number> {
  const asked = await readAsked(argv, launchOptions, 'launch');
  const { trace } = asked.options;
  const traces = trace === null ? null : await Traces.create(trace);
  try {
    return await lead(asked, traces);
  } finally {
    await traces?.merge();
  }
}

async function lead(asked: Asked<LaunchOptions>, traces: Traces | null): Promise<number> {
  const { runDir, options } = asked;
  const { workers: count, tlsCert } = options;
  const cacheMemory = cacheMemoryOf(options.cacheMemory, count);
  const chaos = options.chaos === null ? null : parseChaos(options.chaos, count);
  // Where only this machine reaches us, a token that nobody needs to know keeps its other users out.
  const local = isLoopback(hostAndPort(options.listen).host);
  const token = (await tokenOf(options)) ?? (local ? randomBytes(24).toString('hex') : null);
  return leadRun(asked, {
    token,
    onListening: (coordinator, screen) => {
      if (coordinator.isOver) return null;
      const warn = (message: string): void => screen.show({ type: 'warning', message });
      if (cacheMemory.warning !== null) warn(cacheMemory.warning);
      const workers = new LocalWorkers({
        count,
        cores: coresOf(options.cores, count),
        coordinator,
        token,
        cacheMemory: cacheMemory.bytes,
        certificate: tlsCert,
        traces,
        runDir,
        onRestart: warn,
        variables: chaos === null ? {} : OBEYING,
      });
      return chaos === null ? workers : new Rehearsal(workers, chaos, { workers: count, runDir, tell: warn });
    },
  });
}
