import type { CommandModule } from 'yargs';
import { coordinatorOptions } from '../shared/job/options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { readAsked } from './run/asked.ts';
import { leadRun } from './run/lead.ts';
import { COMMAND } from './command/self.ts';
import { type Argv0, withConfig, withSettings } from './command/settings.ts';
import { plural, shellWord } from './ui/text.ts';

export const coordinatorCommand: CommandModule = {
  command: 'coordinator',
  describe: 'Train with workers that come from elsewhere',
  builder: (yargs) =>
    withConfig(withSettings(withSettings(yargs, 'The run:', coordinatorOptions), 'The job:', jobSchema)),
  handler: async (argv) => {
    process.exitCode = await coordinate(argv);
  },
};

async function coordinate(argv: Argv0): Promise<number> {
  const asked = await readAsked(argv, coordinatorOptions, 'coordinator');
  const { token, workers, tlsCert } = asked.options;
  return leadRun(asked, {
    token,
    onListening: ({ url, isOver }, screen) => {
      if (isOver) return null;
      const secret = token === null ? '' : ', with the same GRADSOCKET_TOKEN';
      // The system's authorities may know it, or not.
      const trust = tlsCert === null ? '' : ` --tls-ca ${shellWord(tlsCert)}`;
      screen.note(`waiting for ${plural(workers, 'worker')}: ${COMMAND} worker --coordinator ${url}${trust}${secret}`);
      return null;
    },
  });
}
