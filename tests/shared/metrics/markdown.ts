import { Metrics } from '../../../src/coordinator/metrics/metrics.ts';
import { type Described, MetricSet } from '../../../src/shared/metrics/metric-set.ts';
import { WorkerMetrics } from '../../../src/worker/metrics/worker-metrics.ts';

/** docs/metrics.md: every metric, from the registries. */
export function metricsMarkdown(): string {
  const worker = new MetricSet('');
  // It declares them.
  void new WorkerMetrics({ name: '', set: worker, gpus: () => Promise.resolve([]), now: Date.now, certificate: null });
  return `${[
    '# Metrics',
    '',
    'Written by `npm run docs` from `src/coordinator/metrics/` and `src/worker/metrics/`; a test fails where this page is not current.',
    '',
    ...INTRODUCTION,
    '## At the coordinator',
    '',
    ...table(new Metrics({ version: '' }).described),
    '## At a worker',
    '',
    '`worker --metrics-listen`. These are about the one worker, so they have no label `worker`; names that begin otherwise than those',
    'of the coordinator keep a sum over one from counting the other. GPUs are seen where there is `nvidia-smi`.',
    '',
    ...table(worker.described),
    ...CONCLUSION,
  ].join('\n')}\n`;
}

const INTRODUCTION = [
  '## How they are read',
  '',
  'The coordinator answers `/metrics` on its address. `--metrics-listen 0.0.0.0:9464` gives it another port besides, which has',
  '`/metrics`, `/healthz` and `/readyz` and nothing else; the same flag at a worker lets that one be asked, by its transport thread,',
  'which answers while the engine computes. They show numbers and names of workers to whoever can connect; with `--metrics-token-file` (or',
  '`GRADSOCKET_METRICS_TOKEN`) only to who shows that token (`authorization: { credentials_file: ... }` in `scrape_configs`), also on',
  "the coordinator's own address. On a loopback address without a token they are asked for by a name of this machine, for no web page",
  'elsewhere whose name was made to mean it. Probes need no token.',
  '',
  '    scrape_configs:',
  '      - job_name: gradsocket-coordinator',
  '        static_configs: [{ targets: ["10.0.0.5:9464"] }]',
  '      - job_name: gradsocket-worker',
  '        static_configs: [{ targets: ["10.0.0.6:9464", "10.0.0.7:9464"] }]',
  '',
  '`deploy/prometheus/` has a whole configuration, with recording rules and alerts ([runbook.md](runbook.md)), `deploy/grafana/` a',
  'dashboard, and `deploy/components/monitoring/` rules and scraping for the Prometheus operator.',
  '',
  '**The last numbers.** Prometheus comes only now and then, so what happened between its last visit and the end of a process would',
  'never be seen. `--linger 60` keeps a coordinator answering after the end of a run until its metrics were read once more, for 60',
  'seconds at most: take twice the scrape interval. Whoever interrupts a run is not kept waiting. Runs that are shorter than a scrape',
  'interval are what the Pushgateway is for:',
  '',
  '    curl -s http://127.0.0.1:9464/metrics | curl --data-binary @- http://pushgateway:9091/metrics/job/gradsocket/run/NAME',
  '',
  '**What is not known is not there**, rather than 0: there is no `gradsocket_train_loss` before the first step. A run that goes on knows',
  'what is on its record from the first moment: loss, accuracy, the newest checkpoint, and `gradsocket_steps_total` and',
  '`gradsocket_images_total`, which count all parts of a run. Where Prometheus would take that for a counter that was reset',
  '(the record of a process that was killed may be a few steps behind), `rate(gradsocket_step_duration_seconds_count[1m])` counts the',
  'steps of the process alone. A figure that has diverged is `NaN` or `+Inf`.',
  '',
  '**Labels** come from small fixed sets, but for `worker`: the first 64 workers that are there have a label of their own, all others',
  'share `other`, and the series of a worker that is gone are gone from the next scrape on. Buckets of all histograms go from 1 ms to',
  "10 min. Node's own metrics are there, too: `nodejs_eventloop_lag_p99_seconds` is the lag of the thread that talks to others.",
  '',
];

const CONCLUSION = [
  '## Useful expressions',
  '',
  '| what | expression |',
  '|---|---|',
  '| images a second | `gradsocket_images_per_second` |',
  '| median step | `histogram_quantile(0.5, sum by (le) (rate(gradsocket_step_duration_seconds_bucket[5m])))` |',
  '| what steps are spent on | `sum by (phase) (rate(gradsocket_step_phase_seconds_sum[5m])) / on () group_left () sum (rate(gradsocket_step_phase_seconds_sum[5m]))` |',
  '| bandwidth of the all-reduce, by worker | `(rate(gradsocket_bytes_sent_total[5m]) + rate(gradsocket_bytes_received_total[5m])) / rate(gradsocket_worker_all_reduce_seconds_total[5m])` |',
  '| age of the newest checkpoint | `time() - gradsocket_checkpoint_timestamp_seconds` |',
  '| seconds left | `(gradsocket_steps_planned - gradsocket_step) / rate(gradsocket_step_duration_seconds_count[5m])` |',
];

function table(metrics: readonly Described[]): readonly string[] {
  return [
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...metrics.map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
    '',
  ];
}
