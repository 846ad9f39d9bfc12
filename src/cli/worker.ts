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
  // TensorFlow and OpenMP read these when they are loaded, which is later. `launch` sets them itself.
  process.env['OMP_NUM_THREADS'] = String(threads);
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
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

/** A worker that `launch` started: Ctrl-C is the launcher's to answer, and without the launcher there is nothing to do. */
function followLauncher(): void {
  if (process.channel === undefined) return;
  process.on('SIGINT', () => undefined);
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
