import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { CommandModule } from 'yargs';
import { benchCommand } from '../../../src/cli/bench.ts';
import { describeCommand } from '../../../src/cli/command/description.ts';
import { bashScript } from '../../../src/cli/completion/bash.ts';
import { fishScript } from '../../../src/cli/completion/fish.ts';
import { zshScript } from '../../../src/cli/completion/zsh.ts';
import { dataCommand } from '../../../src/cli/data.ts';
import { launchCommand } from '../../../src/cli/launch.ts';

const COMMANDS: readonly CommandModule[] = [launchCommand, dataCommand, benchCommand];
const commands = COMMANDS.map(describeCommand);
const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

it.runIf(has('bash'))('bash completes commands, flags, values and parts (skipped: no bash here)', () => {
  const program = `${bashScript(commands).join('\n')}
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _gradsocket; echo "\${COMPREPLY[*]}"; }
try gradsocket la
try gradsocket --ver
try gradsocket launch --ini
try gradsocket launch --init he
try gradsocket launch --init =
try gradsocket launch --init = he
try gradsocket launch --resume --ini
try gradsocket bench tr
try gradsocket bench ""
try gradsocket bench train --work
try gradsocket data --max-p
: what follows is left to readline, or nothing:
try gradsocket launch --epochs ""
try gradsocket launch --config jo
try gradsocket launch --config = jo
try gradsocket data pe`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    'launch',
    '--version',
    '--init',
    'he_uniform he_normal',
    'zeros random_uniform random_normal glorot_uniform glorot_normal he_uniform he_normal',
    'he_uniform he_normal',
    '--init',
    'train',
    'engine train allreduce data control --help',
    '--workers',
    '--max-pixels',
    ...['', '', '', '', ''],
  ]);
});

it.runIf(has('fish'))('fish completes the same (skipped: no fish here)', () => {
  const complete = (line: string): readonly string[] => {
    const program = `${fishScript(commands).join('\n')}\ncomplete -C '${line}'`;
    const { stdout } = spawnSync('fish', ['--no-config', '-c', program], { encoding: 'utf8' });
    return stdout
      .trim()
      .split('\n')
      .map((entry) => entry.split('\t')[0]!);
  };
  expect(complete('gradsocket la')).toEqual(['launch']);
  expect(complete('gradsocket launch --init he').toSorted()).toEqual(['he_normal', 'he_uniform']);
  expect(complete('gradsocket launch --init=he').toSorted()).toEqual(['--init=he_normal', '--init=he_uniform']);
  expect(complete('gradsocket bench tr')).toEqual(['train']);
  expect(complete('gradsocket --ver')).toEqual(['--version']);
});

it.runIf(has('zsh'))('zsh takes the script (skipped: no zsh here)', () => {
  const { status, stderr } = spawnSync('zsh', ['-n', '-c', zshScript(commands).join('\n')], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

it('zsh has values after = and after a space, and words only where a command takes some', () => {
  const script = zshScript(commands).join('\n');
  expect(script).toMatch(/'--init=\[initializer of .*\]:WORD:\(zeros .*he_normal\)'/);
  const wordsOf = (place: string): string | undefined => {
    const [of = ''] = script.slice(script.indexOf(`    '${place}')`)).split(';;\n');
    return /'\*:word:(.*)'/.exec(of)?.[1];
  };
  expect([wordsOf('launch'), wordsOf('data')]).toEqual([' ', '_files']);
});

it('quotes what a shell would take for its own', () => {
  const odd = [{ ...commands[0]!, describe: "it's $HOME: [x]", flags: [], commands: [] }];
  expect(fishScript(odd).join('\n')).toContain("'it\\'s $HOME: [x]'");
  expect(zshScript(odd).join('\n')).toContain("it'\\''s $HOME: [x]");
});
