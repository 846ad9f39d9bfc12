import { expect, it } from 'vitest';
import { allOf, Journal } from '../../../src/worker/report/journal.ts';
import { newSession, type SessionModel } from '../../../src/worker/session/model.ts';

const SEAT = {
  generation: 3,
  rank: 1,
  members: [{ name: 'a' }, { name: 'b' }],
  microbatches: [
    [0, 1],
    [1, 4],
  ],
};
const PLAN = {
  samples: 640,
  batch: 64,
  microbatches: 4,
  epochs: 2,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: null,
};
const JOINED = newSession({ name: 'b', coordinator: 'ws://c' });
const TRAINING = {
  ...JOINED,
  run: { id: 'r', workerId: 'w1', plan: PLAN },
  state: { name: 'training', held: null, seat: SEAT },
} as unknown as SessionModel;
const PREPARED = { type: 'prepared' } as const;

function keep() {
  const lines: string[] = [];
  const clock = { now: 100 };
  const journal = new Journal(
    (line) => lines.push(line),
    () => clock.now,
  );
  const step = (number: number): void => {
    clock.now += 1;
    const times = { data: 0, compute: 0.6, allReduce: 0, optimizer: 0, total: 1 };
    journal.committed({
      step: number,
      sums: { samples: 64, lossSum: 32, correct: 48 },
      times,
      bytesSent: 0,
      bytesReceived: 0,
    });
  };
  return { lines, journal, step };
}

it('says with what it computes, what for, and with whom, once for each generation', () => {
  const { lines, journal } = keep();
  journal.prepared({ engine: 'wasm', device: 'CPU' });
  journal.decided(PREPARED, { ...JOINED, state: { name: 'ready' } });
  journal.decided(PREPARED, TRAINING);
  journal.decided(PREPARED, TRAINING);
  expect(lines).toEqual([
    'computes with wasm on CPU',
    'waits until the others are ready',
    'computes 3 of 4 microbatches of each step, with a',
  ]);
});

it('says how far the run is, every ten seconds and after each epoch', () => {
  const { lines, journal, step } = keep();
  journal.decided(PREPARED, TRAINING);
  for (let n = 0; n < 20; n++) step(n);
  expect(lines.slice(1)).toEqual([
    'epoch 1/2, step 10/20, loss 0.5000, 75.0 %, 64 images/s, 60 % computing',
    'epoch 2/2, step 20/20, loss 0.5000, 75.0 %, 64 images/s, 60 % computing',
  ]);
});

it('says when it was healed, and when it waits', () => {
  const { lines, journal } = keep();
  journal.decided({ type: 'restored', step: 7 }, { ...JOINED, state: { name: 'ready' } });
  journal.decided(PREPARED, { ...JOINED, state: { name: 'halted', generation: 3, engineBusy: false } });
  expect(lines).toEqual([
    'holds the state after step 7',
    'waits until the others are ready',
    'waits until it is settled who goes on',
  ]);
});

it('beside another observer it hears the same', () => {
  const { lines, journal } = keep();
  allOf([journal, journal]).prepared({ engine: 'wasm', device: 'CPU' });
  expect(lines.length).toBe(2);
});
