import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { answerEarlySignals } from '../../../src/cli/command/early-signals.ts';

function early(launched: boolean, hangUp: 'leave' | 'nothing') {
  const target = new EventEmitter();
  const exits: number[] = [];
  answerEarlySignals(target, (code) => exits.push(code), launched, hangUp);
  return { target, exits };
}

it('a signal before a command has answers of its own ends it with 130', () => {
  const { target, exits } = early(false, 'leave');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) target.emit(signal);
  expect(exits).toEqual([130, 130, 130]);
});

it('what asks for a checkpoint ends nothing before there is one to save', () => {
  const { target, exits } = early(false, 'leave');
  for (const signal of ['SIGUSR1', 'SIGUSR2']) expect(target.emit(signal)).toBe(true);
  expect(exits).toEqual([]);
});

it('a command with answers of its own is left to them', () => {
  const { target, exits } = early(false, 'leave');
  const own = () => undefined;
  target.on('SIGTERM', own).emit('SIGTERM');
  expect(exits).toEqual([]);
  target.off('SIGTERM', own).emit('SIGTERM');
  expect(exits).toEqual([130]);
});

it('Ctrl-C is for the launcher of a worker, and an ignored hang-up for nobody', () => {
  const { target, exits } = early(true, 'nothing');
  for (const signal of ['SIGINT', 'SIGHUP']) expect(target.emit(signal)).toBe(true);
  expect(exits).toEqual([]);
});
