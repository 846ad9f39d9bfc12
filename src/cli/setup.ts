import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { checkInstallation, setupTensorflow } from '../engine/install/setup.ts';
import { EXIT } from '../shared/errors.ts';
import { printFailure } from './command/failure.ts';
import { onInterrupt } from './run/interrupts.ts';
import { type Argv0, settingsOf, withSettings } from './command/settings.ts';
import { createSetupScreen } from './ui/setup-screen.ts';
import { printJson, printLines } from './ui/print.ts';

const options = z.strictObject({
  gpu: z.boolean().default(false).describe('TensorFlow with CUDA, for NVIDIA GPUs (downloads 3.4 GB)'),
  from: z
    .string()
    .min(1)
    .meta({ isPath: true })
    .nullable()
    .default(null)
    .describe('a TensorFlow wheel, a folder of wheels or an unpacked TensorFlow, where there is no registry'),
  check: z.boolean().default(false).describe('only say, by the exit code, whether it is installed and loads'),
  force: z.boolean().default(false).describe('make it anew even where it is installed'),
  json: z.boolean().default(false).describe('print the result as JSON'),
  quiet: z.boolean().default(false).describe('print nothing but errors'),
});

export const setupCommand: CommandModule = {
  command: 'setup',
  describe: 'Install the tensorflow engine, the fastest on CPUs and NVIDIA GPUs',
  builder: (yargs) =>
    withSettings(yargs, options).example([
      ['setup', 'fetches TensorFlow (300 MB) and builds the binding to it'],
      ['setup --gpu', 'the one for NVIDIA GPUs'],
      ['setup --from tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl', 'where there is no registry'],
    ]),
  handler: async (argv) => {
    process.exitCode = await setup(argv);
  },
};

async function setup(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const { gpu, from, check, force, json, quiet } = values;
  if (check) {
    const { works, broken } = await checkInstallation({ gpu });
    if (broken !== null && !quiet) printFailure(broken);
    return works ? EXIT.done : EXIT.noEngine;
  }
  const screen = createSetupScreen({ out: process.stderr, quiet: quiet || json, now: () => performance.now() });
  const stop = new AbortController();
  const forget = onInterrupt({
    gently: () => stop.abort(),
    // What is left behind then is removed by the next setup.
    atOnce: () => process.exit(EXIT.interrupted),
  });
  try {
    const result = await setupTensorflow({
      gpu,
      force,
      from: from ?? undefined,
      signal: stop.signal,
      onProgress: (progress) => screen.show(progress),
    });
    const { folder, variant, tensorflow, fresh } = result;
    screen.clear();
    if (json) printJson({ engine: 'tensorflow', tensorflow, variant, folder, fresh });
    else if (!quiet) printLines([summary(result)]);
    return EXIT.done;
  } finally {
    screen.clear();
    forget();
  }
}

function summary(result: { tensorflow: string; variant: string; folder: string; fresh: boolean }): string {
  const { tensorflow, variant, folder, fresh } = result;
  const what = `TensorFlow ${tensorflow} for ${variant === 'gpu' ? 'GPUs' : 'the CPU'}`;
  return `${what} ${fresh ? 'is installed' : 'was installed already'} in ${folder}`;
}
