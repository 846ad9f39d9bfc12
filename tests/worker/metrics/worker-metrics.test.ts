import { expect, it } from 'vitest';
import { selfSigned } from '../../../src/shared/link/self-signed.ts';
import { MetricSet } from '../../../src/shared/metrics/metric-set.ts';
import type { GpuReading } from '../../../src/worker/metrics/gpu.ts';
import { WorkerMetrics } from '../../../src/worker/metrics/worker-metrics.ts';
import { newSession, type SessionModel } from '../../../src/worker/session/model.ts';
import { hasPromtool, promtool } from '../../promtool.ts';

const SEAT = {
  type: 'generation',
  generation: 3,
  key: 'k'.repeat(64),
  rank: 1,
  topology: 'mesh',
  members: [
    { workerId: 'w0', name: 'a', address: null },
    { workerId: 'w1', name: 'b', address: null },
  ],
  microbatches: [
    [0, 3],
    [3, 8],
  ],
  step: 10,
} as const;

function watch(gpus: readonly GpuReading[] = [], certificate: string | null = null) {
  const metrics = new WorkerMetrics({
    name: 'b',
    set: new MetricSet('1'),
    gpus: () => Promise.resolve(gpus),
    now: () => 1_700_000_000_500,
    certificate,
  });
  const series = async (): Promise<Record<string, number>> => {
    const lines = [...(await metrics.expose()).text.matchAll(/^gradsocket_(\w+)(\{[^}]*\})? (\S+)$/gm)];
    return Object.fromEntries(lines.map(([, name, labels, value]) => [`${name}${labels ?? ''}`, Number(value)]));
  };
  return { metrics, series };
}

const JOINED = { ...newSession({ name: 'b', coordinator: 'ws://c' }) };
const TRAINING = {
  ...JOINED,
  run: { id: 'r', workerId: 'w1' },
  state: { name: 'training', held: null, seat: SEAT },
  committed: 12,
  generation: 3,
  recorded: { steps: 9, evaluated: 0, saved: 0 },
} as unknown as SessionModel;

const REPORT = {
  step: 11,
  sums: { lossSum: 1, correct: 1, samples: 8, stop: false, gradientNorm: 1 },
  times: { data: 0.002, compute: 0.2, allReduce: 0.03, optimizer: 0.004, commit: 0.001, total: 0.237, reduce: 0.1 },
  bytesSent: 600,
  bytesReceived: 400,
  ownLossSum: 1,
};

it('says nothing of what is not known yet', async () => {
  const { metrics, series } = watch();
  expect(metrics.ready).toBe(false);
  const names = Object.keys(await series()).filter((name) => !/_(bucket|sum|count)\b/.test(name));
  expect(names).toEqual([
    'build_info{version="1",protocol="1"}',
    'replica_steps_total',
    'replica_all_reduce_seconds_total',
    'replica_connections_lost_total{to="coordinator"}',
    'replica_connections_lost_total{to="peer"}',
    'replica_healed_total',
  ]);
});

it('says when the certificate expires that it was given', async () => {
  const until = new Date('2031-02-03T04:05:06Z');
  const { cert } = await selfSigned({ names: ['w'], from: new Date('2026-01-01'), until });
  const { series } = watch([], cert);
  expect((await series())['replica_certificate_expiry_timestamp_seconds']).toBe(until.getTime() / 1000);
});

it('counts steps, phases, bytes and losses, and shows where the worker stands', async () => {
  const gpu = { gpu: '0', utilization: 0.5, usedBytes: 7, totalBytes: null };
  const { metrics, series } = watch([gpu]);
  metrics.decided({ type: 'linkUp' }, JOINED);
  expect(metrics.ready).toBe(false);
  metrics.prepared({ engine: 'wasm', device: 'CPU' });
  metrics.engineMemory(4096);
  metrics.decided({ type: 'linked', generation: 3 }, TRAINING);
  metrics.committed(REPORT);
  metrics.committed(REPORT);
  metrics.decided({ type: 'peerLost', generation: 3, rank: 0, who: 'a', reason: 'gone' }, TRAINING);
  metrics.decided({ type: 'restored', step: 12 }, TRAINING);
  expect(metrics.ready).toBe(true);
  const close = (value: number): number => expect.closeTo(value, 9) as number;
  const seen = await series();
  expect(seen).toMatchObject({
    'replica_info{worker="b",engine="wasm",device="CPU"}': 1,
    'replica_state{state="training"}': 1,
    'replica_state{state="joining"}': 0,
    replica_step: 12,
    replica_steps_total: 2,
    replica_last_step_timestamp_seconds: 1_700_000_000.5,
    replica_generation: 3,
    replica_microbatches: 5,
    replica_workers: 2,
    replica_unrecorded_steps: 3,
    'replica_gradient_bytes_total{direction="sent"}': 1200,
    'replica_gradient_bytes_total{direction="received"}': 800,
    replica_all_reduce_seconds_total: close(0.2),
    replica_all_reduce_bytes_per_second: close(10_000),
    'replica_connections_lost_total{to="peer"}': 1,
    replica_healed_total: 1,
    replica_step_seconds_count: 2,
    'replica_phase_seconds_sum{phase="all_reduce"}': close(0.06),
    'replica_phase_seconds_sum{phase="commit"}': close(0.002),
    engine_memory_bytes: 4096,
    'gpu_utilization_ratio{gpu="0"}': 0.5,
    'gpu_memory_used_bytes{gpu="0"}': 7,
  });
  expect(Object.keys(seen)).not.toContain('gpu_memory_bytes{gpu="0"}');
});

it.skipIf(!hasPromtool)(
  'promtool has nothing to say about names and units (skipped where there is no promtool)',
  async () => {
    const { metrics } = watch([{ gpu: '0', utilization: 0.5, usedBytes: 7, totalBytes: 9 }]);
    metrics.prepared({ engine: 'wasm', device: 'CPU' });
    metrics.engineMemory(4096);
    metrics.decided({ type: 'linked', generation: 3 }, TRAINING);
    metrics.committed(REPORT);
    const { text: input } = await metrics.expose();
    expect(promtool(['check', 'metrics'], { input })).toEqual([0, '']);
  },
);
