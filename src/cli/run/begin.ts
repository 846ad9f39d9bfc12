import type { Coordinator } from '../../coordinator/coordinator.ts';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { hostAndPort } from '../../shared/job/options.ts';
import { isLoopback } from '../../shared/link/credential.ts';
import { COMMAND } from '../command/self.ts';
import { joinCommand, trustIn } from './joining.ts';
import { listenAddress } from './listen-address.ts';
import { repeatCommand } from './repeat.ts';
import { coordinatorTls } from './pem.ts';
import { metricsTokenOf, secretOf } from './secrets.ts';
import type { Asked } from './asked.ts';
import { givenWeights } from './given-weights.ts';

export interface BeginOptions {
  readonly workers: number;
  readonly minWorkers?: number | null;
  readonly maxWorkers?: number | null;
  readonly resume: boolean;
  readonly listen: string;
  readonly tls?: 'auto' | null;
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  readonly stallSeconds?: number | null;
  readonly metricsListen?: string | null;
  readonly viewToken?: string | null;
  readonly viewTokenFile?: string | null;
  readonly metricsToken?: string | null;
  readonly metricsTokenFile?: string | null;
  readonly token?: string | null;
  readonly tokenFile?: string | null;
}

/** With which a worker joins the run, for the page, which puts its own address in; null: with a token that nobody was told. */
function joinFrom(options: BeginOptions, token: string | null, pin: string | null): string | null {
  const known = token === null || (options.token ?? null) !== null || (options.tokenFile ?? null) !== null;
  // What is made up where others reach it is shown where it was started.
  if (!known && isLoopback(hostAndPort(options.listen).host)) return null;
  return `${token === null ? '' : 'GRADSOCKET_TOKEN=... '}${joinCommand('{coordinator}', trustIn(options, pin))}`;
}

/** Starts the coordinator of a run. `workersLiveOn`: its workers do not end with it. */
export async function beginRun(
  { job, options, runDir, resumeCommand }: Asked<BeginOptions>,
  token: string | null,
  onEvent: (event: RunEvent) => void,
  workersLiveOn = false,
): Promise<Coordinator> {
  const { workers, minWorkers = null, maxWorkers = null, resume, stallSeconds = null } = options;
  const listen = listenAddress('--listen', options.listen);
  const { metricsListen: metrics = null } = options;
  const metricsListen = metrics === null ? null : listenAddress('--metrics-listen', metrics);
  const tls = await coordinatorTls(options);
  const { viewToken: given = null, viewTokenFile: file = null } = options;
  const viewToken = await secretOf({ given, file, flag: '--view-token' });
  const metricsToken = await metricsTokenOf(options);
  // Loaded when it is needed: a wrong flag is told at once.
  const module = await import('../../coordinator/coordinator.ts');
  return module.Coordinator.start({
    job,
    runDir,
    resume,
    workers,
    minWorkers,
    maxWorkers,
    listen,
    metricsListen,
    token,
    viewToken,
    metricsToken,
    workersLiveOn,
    onEvent,
    resumeCommand,
    weights: givenWeights,
    commandsOf: (complete, pin) => ({
      run: repeatCommand(complete, { command: COMMAND, workers, engine: null }),
      join: joinFrom(options, token, pin),
    }),
    ...(stallSeconds === null ? {} : { deadlines: { stall: stallSeconds * 1000 } }),
    ...(tls === null ? {} : { tls }),
  });
}
