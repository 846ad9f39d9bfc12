import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../../src/coordinator/http/status.ts';
import { changeOf } from '../../../src/coordinator/metrics/membership.ts';
import { type Look, Metrics } from '../../../src/coordinator/metrics/metrics.ts';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';
import { hasPromtool, promtool } from '../../promtool.ts';

const TIMES = {
  data: 0.001,
  compute: 0.02,
  allReduce: 0.003,
  optimizer: 0.001,
  commit: 0.002,
  total: 0.03,
  reduce: 0.01,
};
const STEP = {
  type: 'step',
  steps: 9,
  epochs: 1,
  epoch: 0,
  accuracy: 0.5,
  learningRate: 0.1,
  gradientNorm: 2,
  imagesPerSecond: 10,
  samples: 16,
  seconds: 0.03,
} as const;

type Open = Extract<RunStatus, { readonly job: unknown }>;
type Worker = Open['workers'][number];

function worker(name: string, more: Partial<Worker> = {}): Worker {
  const rest = { engine: 'wasm', device: 'CPU', threads: 1, version: '1.2.3' } as const;
  return { name, state: 'training', step: 2, microbatches: 2, ...rest, ...more };
}

function look(workers: readonly Worker[], more: Partial<Open> = {}): Look {
  const job = { model: 'cnn', optimizer: 'sgd', precision: 'f32' };
  const progress = { step: 2, steps: 9, epoch: 0, epochs: 1, generation: 1, wanted: 2 };
  const status = {
    state: 'training',
    job,
    dataset: { name: 'digits' },
    ...progress,
    workers,
    ...more,
  } as unknown as Open;
  const links = {
    open: { control: 2 },
    sent: { control: 10 },
    received: { control: 20 },
    waiting: { control: 0 },
    fetches: 1,
  };
  return { status, id: 'run-1', links, checkpointsWaiting: 1, freeDisk: 1e9 };
}

/** A coordinator's metrics with time in the test's hand. */
function watch() {
  let now = 1_000_000;
  const metrics = new Metrics({ version: '1.2.3', now: () => now });
  const text = async (at: Look = look([worker('a'), worker('b')])) => (await metrics.expose(at)).text;
  const series = async (at?: Look): Promise<Record<string, number>> => {
    const lines = [...(await text(at)).matchAll(/^gradsocket_(\w+)(\{[^}]*\})? (\S+)$/gm)];
    return Object.fromEntries(
      lines
        .filter(([, name]) => !name!.endsWith('_bucket'))
        .map(([, name, labels, value]) => [`${name}${(labels ?? '').replaceAll('"', '')}`, Number(value)]),
    );
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { metrics, series, text, pass };
}

function generation(
  number: number,
  shares: Readonly<Record<string, number>>,
): Extract<RunEvent, { type: 'generation' }> {
  const dealt = Object.entries(shares).map(([name, microbatches]) => ({ worker: name, microbatches }));
  return { type: 'generation', generation: number, workers: dealt.length, step: 0, shares: dealt, why: 'because' };
}

const close = (value: number): number => expect.closeTo(value, 9) as number;

describe('what is not known', () => {
  it('is absent, not 0', async () => {
    const { metrics, text } = watch();
    const opening = { ...look([]), status: { state: 'opening' } as const, freeDisk: null };
    const seen = await text(opening);
    for (const name of [
      'steps_total',
      'images_total',
      'train_loss',
      'train_accuracy',
      'validation_loss',
      'step',
      'images_per_second',
      'straggler_ratio',
    ]) {
      expect(seen).not.toMatch(new RegExp(`^gradsocket_${name} `, 'm'));
    }
    expect(seen).toMatch(/^gradsocket_run_state\{state="opening"\} 1$/m);
    expect(metrics.described.length).toBeGreaterThan(60);
  });

  it('is known of a run that goes on: loss, accuracy, checkpoint, steps and images of all its parts', async () => {
    const { metrics, series } = watch();
    const time = '2026-01-01T00:00:00.000Z';
    metrics.opened({
      history: {
        lastStep: { ...STEP, type: 'step', time, step: 214, epoch: 3, loss: 0.25 },
        lastEvaluation: { type: 'evaluation', time, step: 200, epoch: 2, loss: 0.5, accuracy: 0.75, samples: 11 },
        samples: 3400,
      },
      steps: 214,
      checkpoint: { step: 210, time: 5000, bytes: 77 },
    });
    metrics.observe({ ...STEP, step: 215, loss: 0.2 });
    expect(await series(look([], { step: 215 }))).toMatchObject({
      steps_total: 215,
      step: 215,
      steps_planned: 9,
      images_total: 3416,
      train_loss: 0.2,
      validation_accuracy: 0.75,
      validation_step: 200,
      checkpoint_step: 210,
      checkpoint_timestamp_seconds: 5,
      checkpoint_bytes: 77,
      step_duration_seconds_count: 1,
    });
  });
});

describe('a run in training', () => {
  it('shows steps, phases, shares and what its workers take', async () => {
    const { metrics, series } = watch();
    const vitals = { cpuSeconds: 3, residentBytes: 100, loopLagSeconds: 0.01 };
    for (const step of [1, 2]) {
      metrics.observe({ type: 'workerStep', worker: 'a', times: TIMES, bytesSent: 100, bytesReceived: 50, vitals });
      const slow = { ...TIMES, compute: 0.041 };
      metrics.observe({ type: 'workerStep', worker: 'b', times: slow, bytesSent: 100, bytesReceived: 50 });
      metrics.observe({ ...STEP, step, loss: 2 - step / 4 });
    }
    expect(await series(look([worker('a'), worker('b', { step: 1, microbatches: 6 })]))).toMatchObject({
      images_total: 32,
      steps_total: 2,
      train_loss: 1.5,
      'step_phase_seconds_count{phase=commit}': 4,
      'step_phase_seconds_sum{phase=all_reduce}': close(0.012),
      'worker_phase_seconds_total{worker=a,phase=compute}': close(0.04),
      'bytes_sent_total{worker=b}': 200,
      'worker_all_reduce_seconds_total{worker=a}': close(0.02),
      all_reduce_bytes_per_second: close(15_000),
      'microbatches{worker=b}': 6,
      'microbatch_share_ratio{worker=b}': close(0.75),
      straggler_ratio: close(2),
      'worker_step{worker=b}': 1,
      'worker_steps_behind{worker=b}': 1,
      'worker_info{worker=a,version=1.2.3,engine=wasm,device=CPU}': 1,
      'worker_cpu_seconds_total{worker=a}': 3,
      'worker_resident_memory_bytes{worker=a}': 100,
      'worker_event_loop_lag_seconds{worker=a}': 0.01,
      'workers{state=training}': 2,
      'workers{state=away}': 0,
      'run_state{state=training}': 1,
      'run_info{run=run-1,model=cnn,dataset=digits,optimizer=sgd,precision=f32}': 1,
      run_folder_free_bytes: 1e9,
      'connections{kind=control}': 2,
      'link_bytes_total{kind=control,direction=received}': 20,
      fetches_waiting: 1,
      checkpoints_waiting: 1,
    });
  });

  it('gets slower while no step is committed, and stands still when it is over', async () => {
    const { metrics, series, pass } = watch();
    metrics.observe({ ...STEP, step: 1, loss: 1, imagesPerSecond: 160, samples: 16 });
    expect(await series()).toMatchObject({ images_per_second: 160 });
    pass(50);
    expect(await series()).toMatchObject({ images_per_second: 160 });
    pass(15_950);
    expect(await series()).toMatchObject({ images_per_second: 1 });
    expect(await series(look([], { state: 'finished' }))).toMatchObject({ images_per_second: 0 });
  });

  it('times evaluations and checkpoints, and counts those that the disk would not take', async () => {
    const { metrics, series, pass } = watch();
    metrics.observe({ ...STEP, step: 3, loss: 1 });
    pass(2500);
    metrics.observe({ type: 'evaluation', step: 3, epoch: 0, loss: 1.25, accuracy: 0.75, samples: 10 });
    metrics.observe({ type: 'checkpoint', step: 3, file: 'x', best: true, bytes: 4000, seconds: 0.5 });
    metrics.observe({ type: 'warning', message: 'no room', about: 'checkpointFailed' });
    metrics.observe({ type: 'warning', message: 'too slow', about: 'checkpointSkipped' });
    metrics.observe({ type: 'warning', message: 'else' });
    expect(await series(look([], { epoch: 2 }))).toMatchObject({
      evaluation_duration_seconds_sum: 2.5,
      validation_loss: 1.25,
      epochs_total: 2,
      checkpoints_total: 1,
      checkpoint_bytes: 4000,
      checkpoint_write_seconds_sum: 0.5,
      checkpoint_timestamp_seconds: 1002.5,
      checkpoint_failures_total: 1,
      checkpoints_skipped_total: 1,
      warnings_total: 3,
      'faults_total{kind=disk}': 1,
    });
  });

  it('says that it diverged', async () => {
    const { metrics, text } = watch();
    metrics.observe({ ...STEP, step: 1, loss: Number.NaN });
    metrics.observe({ type: 'failed', code: 'DIVERGED', exitCode: 76, message: 'The loss is NaN' });
    const seen = await text();
    expect(seen).toMatch(/^gradsocket_train_loss Nan$/m);
    expect(seen).toMatch(/^gradsocket_faults_total\{kind="diverged"\} 1$/m);
  });
});

describe('workers that come and go', () => {
  it('are counted by what they were lost by, with how long the run stood still and healing took', async () => {
    const { metrics, series, pass } = watch();
    metrics.observe(generation(1, { a: 2, b: 2 }));
    metrics.observe({ type: 'workerStep', worker: 'b', times: TIMES, bytesSent: 1, bytesReceived: 1 });
    expect(await series()).toHaveProperty('bytes_sent_total{worker=b}');
    metrics.observe({ type: 'workerLost', worker: 'b', reason: 'it does not answer', cause: 'unresponsive' });
    pass(1500);
    metrics.observe(generation(2, { a: 4 }));
    metrics.observe({ ...STEP, step: 1, loss: 1 });
    metrics.observe({ ...STEP, step: 2, loss: 1 });
    metrics.observe({
      type: 'workerJoined',
      worker: 'b',
      engine: 'wasm',
      device: 'CPU',
      threads: 1,
      joined: 2,
      wanted: 2,
    });
    pass(4000);
    metrics.observe({ type: 'workerHealed', worker: 'b', source: 'a', step: 2 });
    metrics.observe(generation(3, { a: 2, b: 2 }));
    metrics.observe({ type: 'workerAway', worker: 'b', reason: 'the connection broke off' });
    metrics.observe({ type: 'workerBack', worker: 'b' });
    const seen = await series(look([worker('a', { microbatches: 4 })], { generation: 3 }));
    expect(seen).toMatchObject({
      'workers_lost_total{reason=unresponsive}': 1,
      'workers_lost_total{reason=connection}': 0,
      workers_evicted_total: 1,
      workers_joined_total: 1,
      workers_healed_total: 1,
      healing_seconds_sum: 4,
      recovery_seconds_sum: 1.5,
      recovery_seconds_count: 1,
      generation: 3,
      'generation_changes_total{reason=start}': 1,
      'generation_changes_total{reason=lost}': 1,
      'generation_changes_total{reason=joined}': 1,
      worker_connections_lost_total: 1,
      workers_returned_total: 1,
      'faults_total{kind=worker_lost}': 1,
      'faults_total{kind=connection_lost}': 1,
    });
    expect(Object.keys(seen).filter((name) => name.includes('worker=b'))).toEqual([]);
  });

  it('do not make more and more series, however many there are', async () => {
    const { metrics, series } = watch();
    const names = Array.from({ length: 500 }, (_, n) => `w${n}`);
    for (const name of names) {
      metrics.observe({ type: 'workerStep', worker: name, times: TIMES, bytesSent: 1, bytesReceived: 1 });
    }
    const all = await series(look(names.map((name) => worker(name))));
    expect(Object.keys(all).filter((name) => name.startsWith('bytes_sent_total'))).toHaveLength(65);
    expect(all['bytes_sent_total{worker=other}']).toBe(436);
    const few = await series(look([worker('w499')]));
    expect(few['bytes_sent_total{worker=w499}']).toBe(1);
    expect(Object.keys(few).filter((name) => name.startsWith('bytes_sent_total'))).toHaveLength(1);
  });

  it.each([
    ['start', null, { a: 1 }, []],
    ['lost', { a: 1, b: 1 }, { a: 2 }, ['b']],
    ['lost', { a: 1, b: 1 }, { a: 1, b: 1 }, ['b']],
    ['left', { a: 1, b: 1 }, { a: 2 }, []],
    ['joined', { a: 2 }, { a: 1, b: 1 }, []],
    ['rebalanced', { a: 2, b: 2 }, { a: 3, b: 1 }, []],
    ['reconnected', { a: 2, b: 2 }, { a: 2, b: 2 }, []],
  ] as const)('%s: from %j to %j, having lost %j', (reason, before, after, lost) => {
    const from = before === null ? null : generation(1, before);
    expect(changeOf(from, generation(2, after), new Set(lost))).toBe(reason);
  });
});

it('what the newest step, evaluation and checkpoint come to is shown, each under its name', async () => {
  const { metrics, series, pass } = watch();
  metrics.observe({ ...STEP, step: 1, loss: 9, accuracy: 0.1, learningRate: 0.9, gradientNorm: 8, epoch: 0 });
  pass(500);
  metrics.observe({ ...STEP, step: 2, loss: 0.75, accuracy: 0.625, learningRate: 0.25, gradientNorm: 1.5, epoch: 1 });
  pass(250);
  metrics.observe({ type: 'evaluation', step: 2, loss: 0.5, accuracy: 0.875 } as RunEvent);
  metrics.observe({ type: 'checkpoint', step: 2, file: 'a', best: true, bytes: 4096, seconds: 0.125 });
  expect(await series()).toMatchObject({
    epoch: 1,
    train_loss: 0.75,
    train_accuracy: 0.625,
    learning_rate: 0.25,
    gradient_norm: 1.5,
    steps_total: 2,
    images_total: 32,
    last_step_duration_seconds: 0.03,
    last_step_timestamp_seconds: 1_000.5,
    validation_loss: 0.5,
    validation_accuracy: 0.875,
    validation_step: 2,
    evaluation_duration_seconds_sum: 0.25,
    checkpoints_total: 1,
    checkpoint_step: 2,
    checkpoint_bytes: 4096,
    checkpoint_timestamp_seconds: 1_000.75,
  });
});

it.skipIf(!hasPromtool)(
  'promtool has nothing to say about names and units (skipped where there is no promtool)',
  async () => {
    const { metrics, text } = watch();
    metrics.observe(generation(1, { a: 2, b: 2 }));
    metrics.observe({ type: 'workerStep', worker: 'a', times: TIMES, bytesSent: 1, bytesReceived: 1 });
    metrics.observe({ ...STEP, step: 1, loss: Number.NaN });
    expect(promtool(['check', 'metrics'], { input: await text() })).toEqual([0, '']);
  },
);
