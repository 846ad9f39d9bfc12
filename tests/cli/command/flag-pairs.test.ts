import { expect, it } from 'vitest';
import { flagPairs } from '../../../src/cli/command/flag-pairs.ts';

it('names each value by the flag before it', () => {
  const words = ['--coordinator', 'ws://127.0.0.1:1', '--cache-memory', '5B', '--listen', '127.0.0.1:0'];
  expect(flagPairs(words)).toEqual({
    coordinator: 'ws://127.0.0.1:1',
    'cache-memory': '5B',
    listen: '127.0.0.1:0',
  });
});

it.each([[['--quiet']], [['run', '--steps']], [['--steps', '1', '--epochs']]])('takes nothing else: %j', (words) => {
  expect(() => flagPairs(words)).toThrow(/is not a flag with its value$/);
});
