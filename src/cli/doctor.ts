import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { processorBfloat16 } from '../engine/bfloat16.ts';
import { chooseEngine, type EngineReport } from '../engine/choose.ts';
import { probeEngines } from '../engine/probe.ts';
import { EXIT } from '../shared/errors.ts';
import { COMMAND } from './command/self.ts';
import { type Argv0, settingsOf, withSettings } from './command/settings.ts';
import { doctorLines } from './ui/doctor-table.ts';
import { printJson, printLines } from './ui/print.ts';

const options = z.strictObject({
  json: z.boolean().default(false).describe('print the findings as JSON'),
});

export const doctorCommand: CommandModule = {
  command: 'doctor',
  describe: 'Show which engines work here, and what would make them faster',
  builder: (yargs) =>
    withSettings(yargs, options).example([
      ['doctor', 'which engines work, which one is taken, and the command that makes it faster'],
    ]),
  handler: async (argv) => {
    process.exitCode = await examine(argv);
  },
};

async function examine(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const reports: readonly EngineReport[] = await probeEngines();
  const choice = chooseEngine(reports);
  const surroundings = {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    bfloat16: await processorBfloat16(),
  };
  if (values.json) printJson({ ...surroundings, engines: reports, auto: choice });
  else printLines(doctorLines(reports, choice, { ...surroundings, command: COMMAND }));
  return EXIT.done;
}
