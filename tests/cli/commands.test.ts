import { expect, test } from 'vitest';
import { COMMAND_NAMES, loadCommands } from '../../src/cli/commands.ts';

test('each command is loaded by its name, and all of them in the order of help', async () => {
  const all = await loadCommands();
  expect(all.map(({ command }) => String(command).split(' ')[0])).toEqual(COMMAND_NAMES);
  const [one, ...others] = await loadCommands(['worker']);
  expect(one?.command).toBe('worker');
  expect(others).toEqual([]);
});

test('a name that is none loads nothing', async () => {
  expect(await loadCommands(['lanch'])).toEqual([]);
});
