import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/coordinator/metrics.ts';
import { RunHarness } from './run-harness.ts';
import { lossOf } from './simulated-worker.ts';
import { until } from './until.ts';

const TIMES = { data: 0.001, compute: 0.02, allReduce: 0.003, optimizer: 0.001, commit: 0, total: 0.025, reduce: 0.01 };

it('docs/operations.md lists every metric of ours, and no other', async () => {
  const docs = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const listed = [...docs.matchAll(/^\| `(gradsocket_\w+)`/gm)].map(([, name]) => name);
  const { text } = await new Metrics('1.2.3').expose();
  const there = [...text.matchAll(/^# TYPE (gradsocket_\w+) /gm)].map(([, name]) => name);
  expect(new Set(listed)).toEqual(new Set(there));
  expect(listed).toHaveLength(there.length);
});

/** Every series of ours with its value; of histograms sum and count, and the number of buckets. */
async function seriesOf(metrics: Metrics): Promise<Record<string, number>> {
  const { text } = await metrics.expose();
  const lines = [...text.matchAll(/^gradsocket_(\w+)(\{[^}]*\})? (\S+)$/gm)];
  return Object.fromEntries(
    lines
      .filter(([, name]) => !name!.endsWith('_bucket'))
      .map(([, name, labels, value]) => [`${name}${(labels ?? '').replaceAll('"', '')}`, Number(value)]),
  );
}

it('each of them says what a run did: none is declared that no run moves', async () => {
  const harness = await RunHarness.start();
  const metrics = new Metrics('1.2.3');
  const [, b] = await harness.train('a', 'b');
  await harness.commit(4);
  await until(() => harness.of('checkpoint').length === 1, 'the checkpoint');
  b!.pair.worker.close('goingAway');
  await until(() => harness.of('workerLost').length === 1, 'the loss');
  for (const event of harness.events) metrics.observe(event);
  metrics.samplesSent(1000);
  metrics.samplesSent(234);
  metrics.turnedAway('malformed');
  metrics.observe({ type: 'workerHealed', worker: 'c', source: 'a', step: 4 });
  const shown = ['preparing', 'ready', 'spare', 'healing', 'training', 'halted', 'away', 'leaving', 'done'] as const;
  metrics.membership(shown.flatMap((state, times) => Array.from({ length: times + 1 }, () => state)));

  const close = (value: number): number => expect.closeTo(value, 9) as number;
  const phases = (worker: string) => ({
    [`step_phase_seconds_sum{phase=data,worker=${worker}}`]: close(4 * 0.001),
    [`step_phase_seconds_count{phase=data,worker=${worker}}`]: 4,
    [`step_phase_seconds_sum{phase=compute,worker=${worker}}`]: close(4 * 0.01),
    [`step_phase_seconds_count{phase=compute,worker=${worker}}`]: 4,
    [`step_phase_seconds_sum{phase=all_reduce,worker=${worker}}`]: close(4 * 0.002),
    [`step_phase_seconds_count{phase=all_reduce,worker=${worker}}`]: 4,
    [`step_phase_seconds_sum{phase=optimizer,worker=${worker}}`]: close(4 * 0.0005),
    [`step_phase_seconds_count{phase=optimizer,worker=${worker}}`]: 4,
    [`bytes_sent_total{worker=${worker}}`]: 4 * 64,
    [`bytes_received_total{worker=${worker}}`]: 4 * 32,
  });
  const series = await seriesOf(metrics);
  expect(series).toEqual({
    images_total: 16 + 16 + 8 + 16,
    steps_total: 4,
    epoch: 1,
    train_loss: lossOf(3),
    train_accuracy: 0.5,
    validation_loss: close(0.3),
    validation_accuracy: close((11 - 3) / 11),
    learning_rate: 0.1,
    gradient_norm: 2,
    images_per_second: close((16 + 16 + 8 + 16) / 0.4),
    checkpoints_total: 1,
    workers_lost_total: 1,
    data_bytes_sent_total: 1234,
    workers_healed_total: 1,
    generation: 1,
    'microbatches{worker=a}': 2,
    'microbatches{worker=b}': 2,
    'workers{state=preparing}': 1,
    'workers{state=ready}': 2,
    'workers{state=spare}': 3,
    'workers{state=healing}': 4,
    'workers{state=training}': 5,
    'workers{state=halted}': 6,
    'workers{state=away}': 7,
    'workers{state=leaving}': 8,
    'workers{state=done}': 9,
    ...phases('a'),
    ...phases('b'),
    'protocol_errors_total{reason=malformed}': 1,
    step_duration_seconds_sum: close(0.4),
    step_duration_seconds_count: 4,
    all_reduce_seconds_sum: close(8 * 0.002),
    all_reduce_seconds_count: 8,
    'build_info{version=1.2.3,protocol=1}': 1,
  });
  // A metric with labels that nothing set has no series at all.
  const { text } = await metrics.expose();
  for (const [, name] of text.matchAll(/^# TYPE gradsocket_(\w+) /gm)) {
    expect(
      Object.keys(series).some((key) => key.startsWith(name!)),
      name,
    ).toBe(true);
  }
});

describe('metrics', () => {
  it('count what the events say', async () => {
    const metrics = new Metrics('1.2.3');
    const step = {
      type: 'step',
      steps: 9,
      epochs: 1,
      epoch: 0,
      accuracy: 0.5,
      learningRate: 0.1,
      gradientNorm: 2,
      imagesPerSecond: 10,
    } as const;
    metrics.observe({ ...step, step: 1, loss: 2, samples: 64, seconds: 0.03 });
    metrics.observe({ ...step, step: 2, loss: 1.5, samples: 30, seconds: 0.02 });
    metrics.observe({ type: 'workerStep', worker: 'a', times: TIMES, bytesSent: 100, bytesReceived: 50 });
    metrics.observe({ type: 'evaluation', step: 2, epoch: 0, loss: 1.25, accuracy: 0.75, samples: 10 });
    metrics.turnedAway('malformed');
    const { text } = await metrics.expose();
    for (const line of [
      'gradsocket_images_total 94',
      'gradsocket_steps_total 2',
      'gradsocket_train_loss 1.5',
      'gradsocket_validation_accuracy 0.75',
      'gradsocket_bytes_sent_total{worker="a"} 100',
      'gradsocket_bytes_received_total{worker="a"} 50',
      'gradsocket_step_phase_seconds_sum{phase="all_reduce",worker="a"} 0.003',
      'gradsocket_step_duration_seconds_count 2',
      'gradsocket_step_duration_seconds_sum 0.05',
      'gradsocket_all_reduce_seconds_count 1',
      'gradsocket_protocol_errors_total{reason="malformed"} 1',
      'gradsocket_build_info{version="1.2.3",protocol="1"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/nodejs_active_/);
  });

  it('keep the number of series bounded however many workers come and go', async () => {
    const metrics = new Metrics('1');
    for (let n = 0; n < 500; n++) {
      metrics.observe({ type: 'workerStep', worker: `w${n}`, times: TIMES, bytesSent: 1, bytesReceived: 1 });
    }
    const lines = (await metrics.expose()).text
      .split('\n')
      .filter((line) => line.startsWith('gradsocket_bytes_sent_total{'));
    expect(lines).toHaveLength(65);
    expect(lines).toContain('gradsocket_bytes_sent_total{worker="other"} 436');
  });
});
