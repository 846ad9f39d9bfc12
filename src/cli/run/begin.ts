import type { Coordinator } from '../../coordinator/coordinator.ts';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { hostAndPort } from '../../shared/job/options.ts';
import { isLoopback } from '../../shared/link/credential.ts';
import { COMMAND } from '../command/self.ts';
import { shellWord } from '../ui/text.ts';
import { listenAddress } from './listen-address.ts';
import { repeatCommand } from './repeat.ts';
import { serverTls } from './pem.ts';
import { secretOf } from './secrets.ts';
import type { Asked } from './asked.ts';
import { givenWeights } from './given-weights.ts';

export interface BeginOptions {
  readonly workers: number;
  readonly minWorkers?: number | null;
  readonly maxWorkers?: number | null;
  readonly resume: boolean;
  readonly listen: string;
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  readonly stallSeconds?: number | null;
  readonly metricsListen?: string | null;
  readonly viewToken?: string | null;
  readonly viewTokenFile?: string | null;
  readonly token?: string | null;
  readonly tokenFile?: string | null;
}

/** With which a worker joins the run; null: with a token that nobody was told. */
function joinCommand({ listen, tlsCert, ...given }: BeginOptions, token: string | null): string | null {
  const known = token === null || (given.token ?? null) !== null || (given.tokenFile ?? null) !== null;
  // What is made up where others reach it is shown where it was started.
  if (!known && isLoopback(hostAndPort(listen).host)) return null;
  const trust = tlsCert === null ? '' : ` --tls-ca ${shellWord(tlsCert)}`;
  return `${token === null ? '' : 'GRADSOCKET_TOKEN=... '}${COMMAND} worker --coordinator {coordinator}${trust}`;
}

/** Starts the coordinator of a run. */
export async function beginRun(
  { job, options, runDir, resumeCommand }: Asked<BeginOptions>,
  token: string | null,
  onEvent: (event: RunEvent) => void,
): Promise<Coordinator> {
  const { workers, minWorkers = null, maxWorkers = null, resume, stallSeconds = null } = options;
  const listen = listenAddress('--listen', options.listen);
  const { metricsListen: metrics = null } = options;
  const metricsListen = metrics === null ? null : listenAddress('--metrics-listen', metrics);
  const tls = await serverTls(options);
  const { viewToken: given = null, viewTokenFile: file = null } = options;
  const viewToken = await secretOf({ given, file, flag: '--view-token' });
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
    onEvent,
    resumeCommand,
    weights: givenWeights,
    commandsOf: (complete) => ({
      run: repeatCommand(complete, { command: COMMAND, workers, engine: null }),
      join: joinCommand(options, token),
    }),
    ...(stallSeconds === null ? {} : { deadlines: { stall: stallSeconds * 1000 } }),
    ...(tls === null ? {} : { tls }),
  });
}
