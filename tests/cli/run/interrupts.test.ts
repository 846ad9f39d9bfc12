import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { onInterrupt } from '../../../src/cli/run/interrupts.ts';

function heard(signals: readonly string[], hangUp: 'leave' | 'nothing' = 'leave'): readonly string[] {
  const target = new EventEmitter();
  const done: string[] = [];
  const release = onInterrupt({ gently: (why) => done.push(why), atOnce: () => done.push('at once') }, target, hangUp);
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
