import { expect, it } from 'vitest';
import { Chronicle } from '../../../src/coordinator/progress/chronicle.ts';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';

const TIME = '2026-01-02T03:04:05.000Z';
const generation = {
  type: 'generation',
  generation: 2,
  workers: 2,
  step: 7,
  shares: [
    { worker: 'a', microbatches: 3 },
    { worker: 'b', microbatches: 1 },
  ],
  why: 'b came',
} as const satisfies RunEvent;
const told = { ...generation, shares: undefined };
const times = { data: 0.01, compute: 0.3, allReduce: 0.05, optimizer: 0.02, total: 0.4 };

function workerStep(worker: string, others: object = {}): Extract<RunEvent, { readonly type: 'workerStep' }> {
  return { type: 'workerStep', worker, times, bytesSent: 100, bytesReceived: 50, ...others };
}

it('goes on from the log of the coordinator before it', () => {
  const lost = { type: 'workerLost', worker: 'b', reason: 'gone', cause: 'exited' };
  const chronicle = new Chronicle([
    { time: TIME, event: generation },
    { time: TIME, state: 'training', from: 'connecting' },
    { time: TIME, event: { type: 'checkpoint', step: 1 } },
    'torn',
    { time: TIME, event: lost },
  ]);
  expect(chronicle.events).toEqual([
    { time: TIME, event: told },
    { time: TIME, event: lost },
  ]);
  expect(chronicle.generations.map(({ step, why, time }) => [step, why, time])).toEqual([[7, 'b came', TIME]]);
});

it('knows whether somebody paused the run, also from a log', () => {
  const paused = { type: 'paused' } as const;
  const unpaused = { type: 'unpaused' } as const;
  const stateAfter = (...events: readonly object[]) =>
    new Chronicle(events.map((event) => ({ time: TIME, event }))).isPaused;
  expect([stateAfter(), stateAfter(paused), stateAfter(paused, generation), stateAfter(paused, unpaused)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

it('says of each worker how its steps went, by its share of the batch, until it is lost', () => {
  const chronicle = new Chronicle();
  chronicle.observe(generation, TIME);
  chronicle.observe({ type: 'step', samples: 64 } as Extract<RunEvent, { readonly type: 'step' }>, TIME);
  const vitals = { cpuSeconds: 1, residentBytes: 5e8, loopLagSeconds: 0.2 };
  chronicle.watch(workerStep('a', { vitals }), Date.parse(TIME));
  chronicle.watch(workerStep('a', { times: { ...times, compute: 0.5 }, bytesSent: 300 }), Date.parse(TIME));
  chronicle.watch(workerStep('b'), Date.parse(TIME));
  const [a, b] = [chronicle.measureOf('a'), chronicle.measureOf('b')];
  expect(a).toMatchObject({ name: 'a', bytesSent: 200, vitals, lastSeen: Date.parse(TIME) });
  expect(a!.phases.compute).toBeCloseTo(0.4, 12);
  expect(a!.imagesPerSecond).toBeCloseTo(48 / 0.4, 9);
  expect(b!.imagesPerSecond).toBeCloseTo(16 / 0.3, 9);
  expect(chronicle.bytesSent).toBe(200 + 100);
  chronicle.observe({ type: 'workerLost', worker: 'a', reason: 'x', cause: 'exited' }, TIME);
  expect(chronicle.measureOf('a')).toBeNull();
  expect(chronicle.bytesSent).toBe(100);
});

it('names some workers of a generation of thousands, and knows the share of all', () => {
  const chronicle = new Chronicle();
  const shares = Array.from({ length: 5_000 }, (_, n) => ({ worker: `w${n}`, microbatches: 1 }));
  chronicle.observe({ ...generation, workers: shares.length, shares }, TIME);
  chronicle.observe({ type: 'step', samples: 10_000 } as Extract<RunEvent, { readonly type: 'step' }>, TIME);
  chronicle.watch(workerStep('w4999'), Date.parse(TIME));
  const [shown] = chronicle.generations;
  expect(shown).toMatchObject({ workers: 5_000, shares: shares.slice(0, 64) });
  expect(shown!.shares.length).toBe(64);
  expect(JSON.stringify(chronicle.events).length).toBeLessThan(500);
  expect(chronicle.measureOf('w4999')!.imagesPerSecond).toBeCloseTo(2 / times.compute, 9);
});

it('keeps so many and no more', () => {
  const chronicle = new Chronicle();
  for (let n = 0; n < 1_000; n++) chronicle.observe({ type: 'warning', message: `${n}` }, TIME);
  expect(chronicle.events.length).toBe(200);
  expect(chronicle.events.at(-1)!.event).toMatchObject({ message: '999' });
  expect(chronicle.revision).toBe(1_000);
});
