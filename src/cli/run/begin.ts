import type { Coordinator } from '../../coordinator/coordinator.ts';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { listenAddress } from './listen-address.ts';
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
    ...(stallSeconds === null ? {} : { deadlines: { stall: stallSeconds * 1000 } }),
    ...(tls === null ? {} : { tls }),
  });
}
