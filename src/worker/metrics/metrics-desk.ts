import { MetricSet } from '../../shared/metrics/metric-set.ts';
import { MetricsServer } from '../../shared/metrics/metrics-server.ts';
import { packageVersion } from '../../shared/version.ts';
import { gpuWatcher } from './gpu.ts';
import { WorkerMetrics, type WorkerObserver } from './worker-metrics.ts';

/** Where Prometheus and probes ask about this worker. */
export interface MetricsDesk {
  readonly observer: WorkerObserver;
  readonly url: string;
  close(): Promise<void>;
}

/** Of what the worker was given. */
export interface MetricsDeskConfig {
  readonly name: string;
  readonly metricsToken: string | null;
  readonly tls: { readonly cert: string } | null;
}

/** @throws GradsocketError where the address cannot be had */
export async function openMetricsDesk(
  listen: { readonly host: string; readonly port: number },
  { name, metricsToken: token, tls }: MetricsDeskConfig,
): Promise<MetricsDesk> {
  const set = new MetricSet(packageVersion());
  const metrics = new WorkerMetrics({ name, set, gpus: gpuWatcher(), now: Date.now, certificate: tls?.cert ?? null });
  const server = await MetricsServer.listen({
    listen,
    token,
    expose: () => metrics.expose(),
    ready: () => metrics.ready,
  });
  return { observer: metrics, url: server.url, close: () => server.close() };
}
