import { availableParallelism, hostname } from 'node:os';
import type { CommandModule } from 'yargs';
import { EXIT } from '../shared/errors.ts';
import { bytesOf, hostAndPort, type WorkerOptions, workerOptions } from '../shared/job/options.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { type Argv0, settingsOf, withSettings } from './settings.ts';

export const workerCommand: CommandModule = {
  command: 'worker',
  describe: 'Compute for a coordinator',
  builder: (yargs) => withSettings(yargs, 'The worker:', workerOptions),
  handler: async (argv) => {
    process.exitCode = await work(argv);
  },
};

async function work(argv: Argv0): Promise<number> {
  const { values: options } = settingsOf({
    schema: workerOptions,
    argv,
    environment: process.env,
    config: null,
  });
  const threads = options.threads ?? availableParallelism();
  followLauncher();
  const { runWorker } = await import('../worker/worker.ts');
  return runWorker({
    coordinator: options.coordinator.replace(/\/$/, ''),
    token: options.token,
    name: options.name ?? `${hostname().slice(0, 100)}-${process.pid}`,
    engine: options.engine,
    threads,
    listen: listenAt(options),
    advertise: options.advertise,
    data: options.data,
    cacheMemory: bytesOf(options.cacheMemory),
  });
}

/** Without the launcher that started it, however that ended, a worker has nothing to do. */
function followLauncher(): void {
  if (process.channel === undefined) return;
  process.on('disconnect', () => process.exit(EXIT.tryAgain));
  // Listening must not keep a worker alive that is done.
  process.channel.unref();
}

/** Peers reach this worker where it can reach the coordinator: on this machine alone, or from the network. */
function listenAt({ listen, coordinator }: WorkerOptions): { readonly host: string; readonly port: number } | null {
  if (listen === 'none') return null;
  if (listen !== null) return hostAndPort(listen);
  return { host: isLoopback(new URL(coordinator).hostname) ? '127.0.0.1' : '0.0.0.0', port: 0 };
}
