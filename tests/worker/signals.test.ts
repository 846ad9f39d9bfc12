import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../../src/shared/errors.ts';
import { signalCounter } from '../../src/shared/second-signal.ts';
import { listenForSignals } from '../../src/worker/signals.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

// Whoever runs the tests listens, too, and is not to be told.
let others: Map<Signal, NodeJS.SignalsListener[]>;
beforeEach(() => {
  others = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  for (const signal of SIGNALS) process.removeAllListeners(signal);
});
afterEach(() => {
  for (const [signal, listeners] of others) {
    process.removeAllListeners(signal);
    for (const listener of listeners) process.on(signal, listener);
  }
});

/** What comes of signals, one a second. */
function afterSignals(
  signals: readonly Signal[],
  { launched = false, hangUp = 'leave' }: { launched?: boolean; hangUp?: 'leave' | 'nothing' } = {},
): readonly string[] {
  const done: string[] = [];
  let now = 0;
  const stop = listenForSignals(
    () => done.push('interrupted'),
    (code) => done.push(`ended with ${code}`),
    launched,
    hangUp,
    signalCounter(() => now),
  );
  for (const signal of signals) {
    now += 1_000;
    process.emit(signal, signal);
  }
  stop();
  return done;
}

it.each(['SIGINT', 'SIGTERM'] as const)('%s lets the worker leave, and once more ends it at once', (signal) => {
  expect(afterSignals([signal])).toEqual(['interrupted']);
  expect(afterSignals([signal, signal])).toEqual(['interrupted', `ended with ${EXIT.interrupted}`]);
});

it('a terminal that goes lets it leave, unless it is to live on', () => {
  expect(afterSignals(['SIGHUP'])).toEqual(['interrupted']);
  expect(afterSignals(['SIGHUP'], { hangUp: 'nothing' })).toEqual([]);
});

it('a worker that was launched leaves it to its parent what the terminal says', () => {
  expect(afterSignals(['SIGINT', 'SIGHUP'], { launched: true })).toEqual([]);
  expect(afterSignals(['SIGINT', 'SIGTERM', 'SIGTERM'], { launched: true })).toEqual([
    'interrupted',
    `ended with ${EXIT.interrupted}`,
  ]);
});

it('a signal that is left to somebody else ends nothing meanwhile, and is listened to no longer than asked', () => {
  const stop = listenForSignals(
    () => undefined,
    () => undefined,
    true,
  );
  // Who listens to none is ended by it.
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual([1, 1, 1]);
  stop();
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual([0, 0, 0]);
});
