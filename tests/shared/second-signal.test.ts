import { expect, it } from 'vitest';
import { signalCounter } from '../../src/shared/second-signal.ts';

/** Each signal with the time at which it comes. */
function counted(...signals: readonly (readonly [string, number])[]): readonly string[] {
  let now = 0;
  const count = signalCounter(() => now);
  return signals.map(([signal, at]) => {
    now = at;
    return count(signal);
  });
}

it('what comes within a quarter of a second is one signal, and what comes later another', () => {
  expect(counted(['SIGTERM', 0], ['SIGTERM', 249], ['SIGTERM', 250])).toEqual(['first', 'same', 'second']);
});

it('the time counts from the first, not from the last', () => {
  expect(counted(['SIGINT', 1], ['SIGINT', 200], ['SIGINT', 251])).toEqual(['first', 'same', 'second']);
});

it('a hang-up asks and never insists', () => {
  expect(counted(['SIGHUP', 0], ['SIGHUP', 9_000], ['SIGTERM', 9_001])).toEqual(['first', 'same', 'second']);
});
