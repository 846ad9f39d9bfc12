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
import type { FoundRate } from './run/rate/find.ts';
import { keepRange } from './run/rate/keep.ts';
import { tokenOf } from './run/secrets.ts';
import { joinCommand, trustIn } from './run/joining.ts';
import { Traces } from './run/traces.ts';
import { LocalWorkers } from './run/workers.ts';
import { type Argv0, withConfig, withManySettings } from './command/settings.ts';
import { printLines } from './ui/print.ts';

export const launchCommand: CommandModule = {
  command: 'launch',
  describe: 'Train: a coordinator and its workers on this machine',
  builder: (yargs) =>
    withConfig(withManySettings(yargs, [launchOptions, jobSchema])).example([
      ['launch', 'trains a CNN on the bundled digits, with two workers'],
      ['launch --data pets --epochs 10', 'on pictures of your own: a folder for each class, or files named cat.0.jpg'],
      ['launch --data pets --model resnet18 --image-size 64 --batch 128', 'a ResNet-18'],
      ['launch --resume', 'goes on with the newest run, from its newest checkpoint'],
    ]),
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

async function lead(given: Asked<LaunchOptions>, traces: Traces | null): Promise<number> {
  const { runDir, options } = given;
  const { workers: count } = options;
  const cacheMemory = cacheMemoryOf(options.cacheMemory, count);
  const found = await rateOf(given, cacheMemory.bytes);
  const asked = found === null ? given : { ...given, job: { ...given.job, lr: found.rate } };
  const chaos = options.chaos === null ? null : parseChaos(options.chaos, count);
  // Where only this machine reaches us, a token that nobody needs to know keeps its other users out.
  const local = isLoopback(hostAndPort(options.listen).host);
  const token = (await tokenOf(options)) ?? (local ? randomBytes(24).toString('hex') : null);
  return leadRun(asked, {
    token,
    // Nobody stands still in a pause any more, and nobody may know the token that would end it.
    workersLiveOn: false,
    onListening: (coordinator, screen) => {
      if (coordinator.isOver) return null;
      // By its pin, also where a certificate was given: which one is meant is known, whatever its names and dates.
      const trust = trustIn({ tlsCert: null }, coordinator.pin);
      if (options.tls === 'auto' && !local) {
        screen.note(`others join with the same GRADSOCKET_TOKEN: ${joinCommand(coordinator.url, trust)}`);
      }
      const warn = (message: string): void => screen.show({ type: 'warning', message });
      if (cacheMemory.warning !== null) warn(cacheMemory.warning);
      if (found !== null) keepRange(runDir, found).catch((error: Error) => warn(error.message));
      const workers = new LocalWorkers({
        count,
        cores: coresOf(options.cores, count),
        coordinator,
        token,
        cacheMemory: cacheMemory.bytes,
        trust,
        traces,
        runDir,
        onRestart: warn,
        variables: chaos === null ? {} : OBEYING,
      });
      return chaos === null ? workers : new Rehearsal(workers, chaos, { workers: count, runDir, tell: warn });
    },
  });
}

/** What `--lr auto` comes to; null: the rate is known, or the run goes on with the one that was found. */
async function rateOf({ job, options }: Asked<LaunchOptions>, cacheMemory: number): Promise<FoundRate | null> {
  if (job.lr !== 'auto' || options.resume) return null;
  const { workers, quiet, json } = options;
  const say = (line: string): void => (quiet || json ? undefined : printLines([line]));
  say('rate      trying rates, a step each ...');
  const { findRate } = await import('./run/rate/find.ts');
  const found = await findRate(job, { workers, cores: coresOf(options.cores, workers), cacheMemory });
  say(`rate      ${found.rate}: there the loss fell fastest (lr-range.svg in the folder of the run)`);
  return found;
}
