import type { CommandModule } from 'yargs';
import { EXIT } from '../shared/errors.ts';
import type { BenchPart } from './bench/measure/part.ts';
import { BENCH_PARTS } from './bench/parts.ts';
import { type Argv0, settingsOf, withSettings } from './command/settings.ts';

/** Measures parts of gradsocket by themselves. Each prints one JSON object, for scripts that compare. */
export const benchCommand: CommandModule = {
  command: 'bench',
  describe: `Measure a part by itself: ${BENCH_PARTS.map(({ name }) => name).join(', ')}`,
  builder: (yargs) => {
    for (const part of BENCH_PARTS) yargs.command(commandOf(part));
    return yargs.demandCommand(1, 'Which part?').example([
      ['bench train --workers 1,2', 'a whole run with one worker, then with two'],
      ['bench engine --model resnet18', 'what one engine could reach at most'],
    ]);
  },
  handler: () => undefined,
};

function commandOf(part: BenchPart): CommandModule {
  return {
    command: part.name,
    describe: part.describe,
    builder: (yargs) => withSettings(yargs, part.schema),
    handler: async (argv) => {
      process.exitCode = await bench(part, argv);
    },
  };
}

async function bench({ schema, measure }: BenchPart, argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema, argv, environment: process.env, config: null });
  const { result, line } = await measure(values);
  if (process.stdout.isTTY) process.stderr.write(`${line}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return EXIT.done;
}
