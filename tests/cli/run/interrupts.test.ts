import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { onInterrupt } from '../../../src/cli/run/interrupts.ts';
import { signalCounter } from '../../../src/shared/second-signal.ts';

/** `everyMs`: from one signal to the next. */
function heard(signals: readonly string[], hangUp: 'leave' | 'nothing' = 'leave', everyMs = 1_000): readonly string[] {
  const target = new EventEmitter();
  const done: string[] = [];
  let now = 0;
  const count = signalCounter(() => (now += everyMs));
  const actions = { gently: (why: string) => done.push(why), atOnce: () => done.push('at once') };
  const release = onInterrupt(actions, target, hangUp, count);
  for (const signal of signals) target.emit(signal, signal);
  release();
  for (const signal of signals) target.emit(signal, signal);
  return done;
}

it('the first signal asks, the second insists', () => {
  expect(heard(['SIGINT', 'SIGTERM'])).toEqual(['Ctrl-C', 'at once']);
  expect(heard(['SIGTERM'])).toEqual(['SIGTERM']);
});

it('a hang-up asks, however often terminal, shell and system send it, and beside whatever', () => {
  expect(heard(['SIGHUP', 'SIGHUP', 'SIGHUP'])).toEqual(['the terminal hung up']);
  expect(heard(['SIGTERM', 'SIGHUP'])).toEqual(['SIGTERM']);
  expect(heard(['SIGHUP', 'SIGTERM'])).toEqual(['the terminal hung up', 'at once']);
});

it('an ignored hang-up stays ignored', () => {
  expect(heard(['SIGHUP', 'SIGHUP', 'SIGTERM'], 'nothing')).toEqual(['SIGTERM']);
});

it('what a program and its group are sent at once is one signal', () => {
  expect(heard(['SIGTERM', 'SIGTERM'], 'leave', 1)).toEqual(['SIGTERM']);
  expect(heard(['SIGINT', 'SIGINT', 'SIGINT'], 'leave', 200)).toEqual(['Ctrl-C', 'at once']);
});
