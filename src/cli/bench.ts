import type { Argv, CommandModule } from 'yargs';
import { EXIT } from '../shared/errors.ts';
import { engineBenchOptions } from './bench/engine.ts';
import { type Argv0, settingsOf, withSettings } from './settings.ts';

/** Measures parts of gradsocket by themselves. Each prints one JSON object, for scripts that compare. */
export const benchCommand: CommandModule = {
  command: 'bench <part>',
  describe: 'Measure a part by itself: engine',
  builder: (yargs) =>
    withSettings(yargs as Argv, 'Options:', engineBenchOptions).positional('part', {
      type: 'string',
      choices: ['engine'],
      describe: 'engine: forward and backward in a plain loop',
    }),
  handler: async (argv) => {
    process.exitCode = await bench(argv);
  },
};

async function bench(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: engineBenchOptions, argv, environment: process.env, config: null });
  const { benchEngine } = await import('./bench/engine.ts');
  process.stdout.write(`${JSON.stringify(await benchEngine(values))}\n`);
  return EXIT.done;
}
