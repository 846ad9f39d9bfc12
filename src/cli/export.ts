import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { type Argv0, settingsOf, withSettings } from './command/settings.ts';
import { FORMATS } from './export/exported.ts';
import { outputPlace } from './export/output-place.ts';
import { folderOption, modelOptions, runArgument } from './trained/options.ts';
import { printLines } from './ui/print.ts';
import { outputFolder } from './trained/output-folder.ts';

const options = z.strictObject({
  format: z
    .enum(FORMATS)
    .default('tfjs')
    .describe(
      "tfjs: a LayersModel; pytorch: weights in PyTorch's layout and a module; onnx: for ONNX runtimes; keras: for Keras 3; safetensors: the weights alone",
    ),
  output: folderOption('export', ', or a file for a format of one'),
  ...modelOptions.shape,
});

export const exportCommand: CommandModule = {
  command: 'export <run>',
  describe: 'Write the model of a run for other programs',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['export runs/pets', 'for TensorFlow.js'],
        ['export runs/pets --format pytorch --output model', 'for PyTorch'],
        ['export runs/pets --format onnx --output pets.onnx', 'for ONNX runtimes'],
      ])
      .positional('run', runArgument),
  handler: async (argv) => {
    process.exitCode = await exportModel(argv);
  },
};

async function exportModel(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const run = String(argv['run']);
  const named = values.output === null ? null : await outputPlace(values.output, values.format);
  const { openModel } = await import('./trained/model.ts');
  const model = await openModel(run, values.checkpoint);
  const { placeOf } = await import('./trained/place.ts');
  const place = named ?? { folder: join(placeOf(run, values.checkpoint).runDir, 'export'), file: null };
  const { writeFileAtomically } = await import('../shared/checkpoint/atomic-file.ts');
  await outputFolder(place.folder);
  const { EXPORTERS } = await import('./export/formats.ts');
  const { files, lines } = await EXPORTERS[values.format](model, place);
  for (const { name, content } of files) await writeFileAtomically(join(place.folder, name), content);
  printLines(lines);
  return EXIT.done;
}
