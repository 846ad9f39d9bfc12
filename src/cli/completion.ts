import type { CommandModule } from 'yargs';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { type CommandDescription, describeCommand } from './command/description.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { zshScript } from './completion/zsh.ts';
import { printLines } from './ui/print.ts';

const SCRIPTS: Readonly<Record<string, (commands: readonly CommandDescription[]) => readonly string[]>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `commands`: all there are, for which it completes; this one comes by itself. */
export function completionCommand(commands: readonly CommandModule[]): CommandModule {
  const self: CommandModule = {
    command: 'completion <shell>',
    describe: 'Print what completes commands, flags and their values in bash, zsh or fish',
    builder: (yargs) =>
      yargs.positional('shell', { type: 'string', describe: Object.keys(SCRIPTS).join(', ') }).example([
        ['completion bash >> ~/.bashrc', 'for bash'],
        ['completion zsh > ~/.zfunc/_gradsocket', 'for zsh, where fpath has that folder before compinit'],
        ['completion fish > ~/.config/fish/completions/gradsocket.fish', 'for fish'],
      ]),
    handler: (argv) => {
      const script = SCRIPTS[String(argv['shell'])];
      if (script === undefined) {
        const sentence = `There is no completion for ${String(argv['shell'])}. There is one for ${Object.keys(SCRIPTS).join(', ')}.`;
        throw new GradsocketError('USAGE', EXIT.usage, sentence);
      }
      printLines(script([...commands, self].map(describeCommand)));
      process.exitCode = EXIT.done;
    },
  };
  return self;
}
