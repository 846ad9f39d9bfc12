import { hostname } from 'node:os';
import { usableCores } from '../shared/cgroup.ts';
import type { CommandModule } from 'yargs';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { type WorkerOptions, workerOptions } from '../shared/job/options.ts';
import { coordinatorUrl } from '../shared/link/coordinator-address.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { fingerprintIn } from '../shared/link/fingerprint.ts';
import { printWarning } from './command/failure.ts';
import { cacheMemoryOf } from './run/cache-memory.ts';
import { listenAddress, peerListen } from './run/listen-address.ts';
import { readPem, serverTls } from './run/pem.ts';
import { metricsTokenOf, tokenOf } from './run/secrets.ts';
import { ANY_HOST } from '../worker/transport/address.ts';
import { type Argv0, settingsOf, withManySettings } from './command/settings.ts';

export const workerCommand: CommandModule = {
  command: 'worker',
  describe: 'Compute for a coordinator',
  builder: (yargs) =>
    withManySettings(yargs, [workerOptions], ['token', 'name', 'engine']).example([
      [
        'worker --coordinator 10.0.0.5',
        'computes for the coordinator at port 7070 of that machine; GRADSOCKET_TOKEN has its token',
      ],
      ['worker --coordinator wss://train.example/run7 --listen none', 'by way of a proxy'],
    ]),
  handler: async (argv) => {
    process.exitCode = await work(argv);
  },
};

/**
 * Resolves with the exit code. `launched`: by `launch`. That there is a channel does not say so: programs that keep others running (pm2, a
 * program of the user's own that forks) have one to each.
 */
export async function work(argv: Argv0, launched = false): Promise<number> {
  const { values } = settingsOf({ schema: workerOptions, argv, environment: process.env, config: null });
  const options = { ...values, coordinator: coordinatorUrl(values.coordinator) };
  if (launched) followLauncher();
  const cacheMemory = cacheMemoryOf(options.cacheMemory, 1);
  if (cacheMemory.warning !== null) printWarning(cacheMemory.warning);
  const { runWorker } = await import('../worker/worker.ts');
  return runWorker({
    coordinator: options.coordinator,
    token: await tokenOf(options),
    name: options.name ?? `${hostname().slice(0, 100)}-${process.pid}`,
    engine: options.engine,
    threads: options.threads,
    cores: options.cores ?? usableCores(),
    listen: listenAt(options),
    trust: {
      ...(options.tlsCa === null ? {} : { ca: await readPem('--tls-ca', options.tlsCa), caFile: options.tlsCa }),
      ...(options.tlsPin === null ? {} : { pin: fingerprintIn(options.tlsPin) }),
    },
    tls: await serverTls(options),
    advertise: options.advertise,
    waitSeconds: options.wait,
    data: options.data,
    cacheMemory: cacheMemory.bytes,
    trace: options.trace,
    metricsToken: await metricsTokenOf(options),
    log: options.quiet ? 'none' : process.stderr.isTTY ? 'short' : 'full',
    launched,
    metricsListen: options.metricsListen === null ? null : listenAddress('--metrics-listen', options.metricsListen),
  });
}

/** Without the launcher that started it, however that ended, a worker has nothing to do. */
function followLauncher(): void {
  // None where somebody tries by hand what `launch` starts.
  if (process.channel === undefined) return;
  process.on('disconnect', () => process.exit(EXIT.tryAgain));
  // Listening must not keep a worker alive that is done.
  process.channel.unref();
}

/**
 * Peers reach this worker where it can reach the coordinator: on this machine alone, or from the network; from there also
 * where it is told what to advertise.
 */
export function listenAt({
  listen,
  coordinator,
  advertise,
}: Pick<WorkerOptions, 'listen' | 'coordinator' | 'advertise'>): {
  readonly host: string;
  readonly port: number;
  readonly lastPort?: number;
} | null {
  const advertised = advertise === null ? null : Number(/(?:\]|^[^:]+):(\d+)$/.exec(advertise)?.[1] ?? 0);
  if (advertised !== null && advertised > 65_535) {
    throw new GradsocketError('LISTEN_PORT', EXIT.usage, `--advertise ${advertise}: a port is at most 65535.`);
  }
  if (listen === 'none') return null;
  if (listen !== null) return peerListen(listen);
  const { hostname: coordinatorHost } = new URL(coordinator);
  if (advertised !== null) return { host: ANY_HOST, port: advertised };
  if (!isLoopback(coordinatorHost)) return { host: ANY_HOST, port: 0 };
  return { host: coordinatorHost === '[::1]' ? '::1' : '127.0.0.1', port: 0 };
}
