import { expect, test } from 'vitest';
import { SteadySteps } from '../../../src/cli/bench/train/steady.ts';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';

function stepEvent(step: number): RunEvent {
  const plan = { steps: 9, epoch: 0, epochs: 1, loss: 1, accuracy: 0, learningRate: 0.1, gradientNorm: 1 };
  return { type: 'step', step, ...plan, samples: 50, imagesPerSecond: 0, seconds: 1 };
}

function workerStep(worker: string, data: number): RunEvent {
  const times = { data, compute: 0.6, allReduce: 0.2, optimizer: 0.04, commit: 0.06, total: data + 0.9, reduce: 0.2 };
  return { type: 'workerStep', worker, times, bytesSent: 0, bytesReceived: 0 };
}

test('speed and shares are those of the steps after the first ones', () => {
  const steady = new SteadySteps(2);
  let now = 0;
  // Slow while it warms up, then a second each, but for one that takes long.
  for (const [index, milliseconds] of [9000, 5000, 1000, 1000, 4000, 1000].entries()) {
    for (const worker of ['a', 'b']) steady.observe(workerStep(worker, index < 2 ? 30 : 0.1), now);
    now += milliseconds;
    steady.observe(stepEvent(index + 1), now);
  }
  const { imagesPerSecond, meanImagesPerSecond, stepMilliseconds, shares } = steady.result();
  expect(imagesPerSecond).toBe(50);
  expect(meanImagesPerSecond).toBeCloseTo(200 / 7);
  expect(stepMilliseconds).toMatchObject({ min: 1000, median: 1000, max: 4000 });
  // Of seven seconds in four steps; what no worker accounts for, it spent waiting.
  expect(shares.data).toBeCloseTo(0.4 / 7);
  expect(shares.compute).toBeCloseTo(2.4 / 7);
  expect(shares.optimizer).toBeCloseTo(0.4 / 7);
  expect(shares.network).toBeCloseTo(3.8 / 7);
});
