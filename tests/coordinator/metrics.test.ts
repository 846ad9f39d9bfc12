import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/coordinator/metrics.ts';

const TIMES = { data: 0.001, compute: 0.02, allReduce: 0.003, optimizer: 0.001, total: 0.025 };

it('docs/operations.md lists every metric of ours, and no other', async () => {
  const docs = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const listed = [...docs.matchAll(/^\| `(gradsocket_\w+)`/gm)].map(([, name]) => name);
  const { text } = await new Metrics('1.2.3').expose();
  const there = [...text.matchAll(/^# TYPE (gradsocket_\w+) /gm)].map(([, name]) => name);
  expect(new Set(listed)).toEqual(new Set(there));
  expect(listed).toHaveLength(there.length);
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
    metrics.observe({ ...step, step: 1, loss: 2, samples: 64 });
    metrics.observe({ ...step, step: 2, loss: 1.5, samples: 30 });
    metrics.stepTook(0.02);
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
      'gradsocket_step_duration_seconds_count 1',
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
