import { expect, it } from 'vitest';
import { hangUpMeans, type Launch } from '../../src/shared/hang-up.ts';

const atTerminal: Launch = {
  parentIgnores: '0000000000001000',
  started: '/usr/bin/node',
  stdinOfNohup: false,
  terminal: true,
};

it.each<[string, Partial<Launch>, 'leave' | 'nothing']>([
  ['that of a terminal ends what was started there', {}, 'leave'],
  ['where the system tells nothing, too', { parentIgnores: null, started: undefined }, 'leave'],
  ["nohup's stays ignored, as the shell tells", { started: '/usr/bin/nohup' }, 'nothing'],
  ["nohup's stays ignored, as standard input tells", { stdinOfNohup: true }, 'nothing'],
  ['what the shell above ignores stays ignored', { parentIgnores: '0000000000000001' }, 'nothing'],
  ['what the shell above ignores besides does not matter', { parentIgnores: 'fffffffffffffffe' }, 'leave'],
  ['without a terminal nothing hangs up', { terminal: false }, 'nothing'],
])('a hang-up: %s', (_, launch, expected) => {
  expect(hangUpMeans({ ...atTerminal, ...launch })).toBe(expected);
});
