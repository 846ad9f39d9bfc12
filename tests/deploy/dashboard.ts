import { type Dashboard, DashboardCursorSync, type Panel, VariableRefresh } from '@grafana/schema';

/** One question to Prometheus, and what its answers are called. */
interface Query {
  readonly expr: string;
  readonly legend?: string;
}

interface Plot {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** How much of the width of 24. */
  readonly width?: number;
  readonly type?: 'timeseries' | 'stat' | 'state-timeline';
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const HEIGHT = { stat: 4, timeseries: 8, 'state-timeline': 6 } as const;
const OF = 'instance=~"$instance"';

const STATS: readonly Plot[] = [
  stat('State', 'none', `gradsocket_run_state{${OF}} == 1`, 'What the run does.', '{{state}}'),
  stat('Step', 'none', `gradsocket_step{${OF}}`, 'Committed steps.'),
  stat(
    'Done',
    'percentunit',
    `gradsocket_step{${OF}} / gradsocket_steps_planned{${OF}}`,
    'Share of the planned steps.',
  ),
  stat('Images a second', 'none', `gradsocket_images_per_second{${OF}}`, 'Over the last few seconds.'),
  stat('Validation accuracy', 'percentunit', `gradsocket_validation_accuracy{${OF}}`, 'Of the newest evaluation.'),
  stat('Checkpoint age', 's', `time() - gradsocket_checkpoint_timestamp_seconds{${OF}}`, 'What would be lost.'),
];

const PLOTS: readonly Plot[] = [
  plot('Loss', 'none', 'Of the newest step, and of the newest evaluation.', [
    { expr: `gradsocket_train_loss{${OF}}`, legend: 'training' },
    { expr: `gradsocket_validation_loss{${OF}}`, legend: 'validation' },
  ]),
  plot('Accuracy', 'percentunit', 'Of the newest step, and of the newest evaluation.', [
    { expr: `gradsocket_train_accuracy{${OF}}`, legend: 'training' },
    { expr: `gradsocket_validation_accuracy{${OF}}`, legend: 'validation' },
  ]),
  plot('Throughput', 'none', 'Training images a second.', [
    { expr: `gradsocket_images_per_second{${OF}}`, legend: 'images a second' },
    { expr: `instance:gradsocket_images_per_second:avg5m{${OF}}`, legend: 'over five minutes' },
  ]),
  plot('Step time', 's', 'From one committed step to the next.', [
    { expr: quantile(0.5, 'gradsocket_step_duration_seconds', 'le'), legend: 'median' },
    { expr: quantile(0.95, 'gradsocket_step_duration_seconds', 'le'), legend: '95 %' },
    { expr: `gradsocket_last_step_duration_seconds{${OF}}`, legend: 'newest' },
  ]),
  plot('What steps are spent on', 'percentunit', 'By phase, over all workers.', [
    { expr: `instance_phase:gradsocket_step_phase_seconds:ratio5m{${OF}}`, legend: '{{phase}}' },
  ]),
  plot(
    'Waiting for others, by worker',
    'percentunit',
    'Share of its time for which a worker waits for the sum: the slowest waits least.',
    [
      {
        expr: `rate(gradsocket_worker_phase_seconds_total{${OF},phase="all_reduce"}[$__rate_interval]) / on (instance, worker) sum by (instance, worker) (rate(gradsocket_worker_phase_seconds_total{${OF}}[$__rate_interval]))`,
        legend: '{{worker}}',
      },
    ],
  ),
  plot('Straggler', 'none', 'How long the slowest worker computes, by the median.', [
    { expr: `gradsocket_straggler_ratio{${OF}}`, legend: 'slowest by median' },
  ]),
  plot('Share of the microbatches', 'percentunit', 'By worker.', [
    { expr: `gradsocket_microbatch_share_ratio{${OF}}`, legend: '{{worker}}' },
  ]),
  plot('Bandwidth of the all-reduce', 'Bps', 'Sent and received by each worker, while it reduces.', [
    { expr: `instance_worker:gradsocket_all_reduce_bytes:rate5m{${OF}}`, legend: '{{worker}}' },
  ]),
  plot('Bytes over the coordinator', 'Bps', 'By what its connections are for.', [
    { expr: `rate(gradsocket_link_bytes_total{${OF}}[$__rate_interval])`, legend: '{{kind}} {{direction}}' },
  ]),
  plot('Workers', 'none', 'By state.', [
    { expr: `gradsocket_workers{${OF}}`, legend: '{{state}}' },
    { expr: `gradsocket_workers_wanted{${OF}}`, legend: 'wanted' },
  ]),
  plot('Generation', 'none', 'Number of the set of workers that trains, and what made it another one.', [
    { expr: `gradsocket_generation{${OF}}`, legend: 'generation' },
    { expr: `gradsocket_generation_changes_total{${OF}}`, legend: '{{reason}}' },
  ]),
  plot('Faults', 'none', 'By kind, and workers that were lost, by reason.', [
    { expr: `gradsocket_faults_total{${OF}}`, legend: '{{kind}}' },
    { expr: `gradsocket_workers_lost_total{${OF}}`, legend: 'lost: {{reason}}' },
    { expr: `gradsocket_workers_evicted_total{${OF}}`, legend: 'evicted' },
  ]),
  plot(
    'Recovery',
    's',
    'Means: from a loss to the next step, and until a worker that came held the state of the run.',
    [
      { expr: `gradsocket_recovery_seconds_sum{${OF}} / gradsocket_recovery_seconds_count{${OF}}`, legend: 'recovery' },
      { expr: `gradsocket_healing_seconds_sum{${OF}} / gradsocket_healing_seconds_count{${OF}}`, legend: 'healing' },
    ],
  ),
  plot('Checkpoints', 's', 'Age of the newest, and how long one takes to write.', [
    { expr: `time() - gradsocket_checkpoint_timestamp_seconds{${OF}}`, legend: 'age' },
    { expr: quantile(0.95, 'gradsocket_checkpoint_write_seconds', 'le'), legend: 'to write' },
  ]),
  plot('Disk', 'bytes', 'Free in the folder of the run, and the size of a checkpoint.', [
    { expr: `gradsocket_run_folder_free_bytes{${OF}}`, legend: 'free' },
    { expr: `gradsocket_checkpoint_bytes{${OF}}`, legend: 'checkpoint' },
  ]),
  plot('Event loop', 's', 'How late threads that talk to others are.', [
    { expr: 'nodejs_eventloop_lag_p99_seconds{job=~"gradsocket-.*"}', legend: '{{job}} {{instance}}' },
    { expr: `gradsocket_worker_event_loop_lag_seconds{${OF}}`, legend: '{{worker}}, at most' },
  ]),
  plot('Queues', 'none', 'What waits at the coordinator.', [
    { expr: `gradsocket_checkpoints_waiting{${OF}}`, legend: 'checkpoints' },
    { expr: `gradsocket_fetches_waiting{${OF}}`, legend: 'requests for samples' },
    { expr: `gradsocket_connections{${OF}}`, legend: 'connections: {{kind}}' },
  ]),
  plot('Processors', 'none', 'Cores that each worker keeps busy.', [
    { expr: `rate(gradsocket_worker_cpu_seconds_total{${OF}}[$__rate_interval])`, legend: '{{worker}}' },
  ]),
  plot('Memory', 'bytes', 'Of each worker, and of its engine where it says.', [
    { expr: `gradsocket_worker_resident_memory_bytes{${OF}}`, legend: '{{worker}}' },
    { expr: 'gradsocket_engine_memory_bytes', legend: 'engine at {{instance}}' },
  ]),
  plot('Steps at the workers', 's', 'Median step, as each worker sees it.', [
    {
      expr: 'histogram_quantile(0.5, sum by (instance, le) (rate(gradsocket_replica_step_seconds_bucket[$__rate_interval])))',
      legend: '{{instance}}',
    },
  ]),
];

/** Where there is none these stay empty. */
const GPU: readonly Plot[] = [
  plot('GPU', 'percentunit', 'Share of the time in which it computes.', [
    { expr: 'gradsocket_gpu_utilization_ratio', legend: '{{instance}} {{gpu}}' },
  ]),
  plot('GPU memory', 'bytes', 'That is taken.', [
    { expr: 'gradsocket_gpu_memory_used_bytes', legend: '{{instance}} {{gpu}}' },
  ]),
];

/** deploy/grafana/gradsocket.json */
export function dashboard(): Dashboard {
  return {
    uid: 'gradsocket',
    title: 'gradsocket',
    description: 'Runs of gradsocket: written by `npm run docs`, see docs/metrics.md.',
    tags: ['gradsocket'],
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    schemaVersion: 41,
    refresh: '15s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus' },
        {
          type: 'query',
          name: 'instance',
          label: 'Coordinator',
          datasource: DATASOURCE,
          query: 'label_values(gradsocket_run_state, instance)',
          includeAll: true,
          multi: true,
          refresh: VariableRefresh.onTimeRangeChanged,
          current: { text: 'All', value: '$__all' },
          allValue: '.*',
        },
      ],
    },
    panels: laidOut([...STATS, ...PLOTS, ...GPU]),
  };
}

function laidOut(plots: readonly Plot[]): Panel[] {
  let [x, y, row] = [0, 0, 0];
  return plots.map((one, index) => {
    const { title, description, unit, queries, width = 8, type = 'timeseries' } = one;
    if (x + width > 24) [x, y, row] = [0, y + row, 0];
    const gridPos = { x, y, w: width, h: HEIGHT[type] };
    x += width;
    row = Math.max(row, HEIGHT[type]);
    return {
      id: index + 1,
      type,
      title,
      description,
      datasource: DATASOURCE,
      gridPos,
      fieldConfig: { defaults: { unit, ...(type === 'timeseries' ? { min: 0 } : {}) }, overrides: [] },
      options:
        type === 'stat'
          ? { reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'auto' }
          : { legend: { displayMode: 'list', placement: 'bottom' } },
      targets: queries.map(({ expr, legend }, letter) => ({
        refId: String.fromCodePoint(65 + letter),
        datasource: DATASOURCE,
        expr,
        ...(legend === undefined ? {} : { legendFormat: legend }),
      })),
    };
  });
}

function plot(title: string, unit: string, description: string, queries: readonly Query[]): Plot {
  return { title, unit, description, queries };
}

function stat(title: string, unit: string, expr: string, description: string, legend?: string): Plot {
  return {
    title,
    unit,
    description,
    queries: [legend === undefined ? { expr } : { expr, legend }],
    width: 4,
    type: 'stat',
  };
}

function quantile(part: number, metric: string, by: string): string {
  return `histogram_quantile(${part}, sum by (instance, ${by}) (rate(${metric}_bucket{${OF}}[$__rate_interval])))`;
}
