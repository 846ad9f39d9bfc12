import type { CommandModule } from 'yargs';
import { expect, it } from 'vitest';
import { describeCommand } from '../../../src/cli/command/description.ts';
import { commandHelp, programHelp, wrapped, written } from '../../../src/cli/command/help-text.ts';
import { coordinatorCommand } from '../../../src/cli/coordinator.ts';
import { evalCommand } from '../../../src/cli/eval.ts';
import { benchCommand } from '../../../src/cli/bench.ts';
import { launchCommand } from '../../../src/cli/launch.ts';
import { manifestCommand } from '../../../src/cli/manifest.ts';
import { sweepCommand } from '../../../src/cli/sweep.ts';
import { workerCommand } from '../../../src/cli/worker.ts';

const all: readonly CommandModule[] = [
  ...[launchCommand, coordinatorCommand, workerCommand, sweepCommand, manifestCommand],
  ...[evalCommand, benchCommand],
];

it('the help of a command begins with examples, then the usual flags, then the others by subject', () => {
  const lines = commandHelp(describeCommand(launchCommand), 80);
  expect(lines[0]).toBe('gradsocket launch [FLAGS]');
  const heads = lines.filter((line) => /^\S.*:$/.test(line));
  expect(heads.slice(0, 3)).toEqual(['Examples:', 'The usual ones:', 'Data:']);
  expect(heads).toEqual(expect.arrayContaining(['Optimizer:', 'Learning rate schedule:', 'Security:', 'Output:']));
  const usual = lines.slice(lines.indexOf('The usual ones:'), lines.indexOf('Data:')).join('\n');
  expect(usual).toMatch(/--data PATH[^]*--epochs N[^]*--lr N[^]*--workers N/);
  expect(usual).not.toMatch(/--tls-key/);
});

it.each(all.map((command) => [String(command.command), command] as const))(
  'that of %s fits the terminal',
  (_, command) => {
    for (const columns of [60, 80, 200]) {
      for (const line of commandHelp(describeCommand(command), columns)) {
        // A single word may be longer, such as the name of a wheel.
        if (line.trim().includes(' ')) expect([line, line.length <= Math.min(110, columns)]).toEqual([line, true]);
      }
    }
  },
);

it.each(all.map((command) => [String(command.command), command] as const))(
  '%s has examples, and no flag twice',
  (_, command) => {
    const { examples, flags } = describeCommand(command);
    expect(examples.length).toBeGreaterThan(0);
    const names = flags.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  },
);

it('the help of all names each command', () => {
  const lines = programHelp(all.map(describeCommand), 80);
  expect(lines.join('\n')).toMatch(/ {2}launch .*\n {2}coordinator .*\n {2}worker /);
  expect(lines.join('\n')).toMatch(/ {2}eval RUN {2}/);
});

it('lines are broken between words only', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('a-word-that-is-too-long b', 5)).toEqual(['a-word-that-is-too-long', 'b']);
  expect(written('predict <run> <image..>')).toBe('predict RUN IMAGE...');
  expect(written('model [run]')).toBe('model [RUN]');
});
