import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { allOf, Journal } from '../report/journal.ts';
import { logFor } from '../report/log.ts';
import type { WorkerObserver } from '../metrics/worker-metrics.ts';
import { failureOf } from '../report/failure.ts';
import type { ToEngine } from '../messages/to-engine.ts';
import { TransportHost } from './transport-host.ts';
import type { TransportConfig } from './transport-thread.ts';
import { obeyInThread } from '../rehearsal/obey.ts';

/** How long the engine's thread may go on computing after it was told to leave. */
const LEAVING_MS = 5_000;

/** Entry of the transport thread. */
const config = workerData as TransportConfig;
const port = parentPort!;

/** Unless the engine's thread has ended this one before: it hangs in a computation, and does not hear. */
function endByForce(): void {
  // Only a signal ends a process from one of its threads.
  writeSync(2, `${config.name}: the engine does not answer; this process is ended by force\n`);
  process.kill(process.pid, 'SIGKILL');
}

function post(message: ToEngine): void {
  port.postMessage(message);
  if (message.type === 'leave') setTimeout(endByForce, LEAVING_MS);
}

/** How the run goes, for people; and, loaded only where somebody asks for it, for Prometheus. */
async function observers(): Promise<WorkerObserver> {
  const journal = new Journal(log, () => performance.now() / 1000);
  if (config.metricsListen === null) return journal;
  const { openMetricsDesk } = await import('../metrics/metrics-desk.ts');
  const { url, observer } = await openMetricsDesk(config.metricsListen, config);
  log(`metrics at ${url}/metrics`);
  return allOf([observer, journal]);
}

async function begin(): Promise<void> {
  try {
    const host = new TransportHost(config, post, log, await observers());
    port.on('message', (message) => host.receive(message));
  } catch (error) {
    post({ type: 'leave', ...failureOf(error, log) });
  }
}

obeyInThread('transport');
const log = logFor(config.name, config.log);
void begin();
