import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import type { Network } from '../shared/network/network.ts';
import { packageVersion } from '../shared/version.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './command/settings.ts';
import { modelOptions } from './trained/options.ts';
import { printLines } from './ui/print.ts';
import { outputFolder } from './trained/output-folder.ts';

const options = z.strictObject({
  format: z
    .enum(['tfjs', 'pytorch', 'safetensors'])
    .default('tfjs')
    .describe("tfjs: a LayersModel; pytorch: weights in PyTorch's layout and a module; safetensors: the weights alone"),
  output: z
    .string()
    .min(1)
    .meta({ expects: 'a path', isPath: true })
    .nullable()
    .default(null)
    .describe('folder to write to; default: export/ in the folder of the run'),
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
      ])
      .positional('run', {
        type: 'string',
        coerce: atHome,
        describe: 'folder of the run',
      }),
  handler: async (argv) => {
    process.exitCode = await exportModel(argv);
  },
};

async function exportModel(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const run = String(argv['run']);
  const { openModel } = await import('./trained/model.ts');
  const model = await openModel(run, values.checkpoint);
  const { placeOf } = await import('./trained/place.ts');
  const folder = values.output ?? join(placeOf(run, values.checkpoint).runDir, 'export');
  const { writeFileAtomically } = await import('../shared/checkpoint/atomic-file.ts');
  await outputFolder(folder);
  switch (values.format) {
    case 'tfjs': {
      const { tfjsFiles } = await import('./export/tfjs.ts');
      const files = tfjsFiles(model, packageVersion());
      // The weights first: a model.json that is there can be loaded.
      await writeFileAtomically(join(folder, 'weights.bin'), files.weights);
      await writeFileAtomically(join(folder, 'model.json'), files.model);
      printLines([
        `model     ${join(folder, 'model.json')}, with weights.bin beside it`,
        `input     pixels 0 to 255, [n, ${model.network.input.join(', ')}]; output: ${logitsText(model.network)}`,
        "load      await tf.loadLayersModel('.../model.json')",
      ]);
      return EXIT.done;
    }
    case 'pytorch': {
      const { pytorchFile } = await import('./export/pytorch.ts');
      const { pytorchModule } = await import('./export/pytorch-module.ts');
      const file = join(folder, 'model.safetensors');
      await writeFileAtomically(file, pytorchFile(model));
      await writeFileAtomically(join(folder, 'model.py'), pytorchModule(model.network, model.dataset));
      printLines([
        `model     ${file}, with model.py beside it`,
        `input     pixels 0 to 1, [n, ${inputText(model.network)}]; output: ${logitsText(model.network)}`,
        `load      python -c 'from model import load; print(load("model.safetensors"))' (torch and safetensors)`,
      ]);
      return EXIT.done;
    }
    case 'safetensors': {
      const { safetensorsFile } = await import('./export/safetensors.ts');
      const file = join(folder, 'model.safetensors');
      await writeFileAtomically(file, safetensorsFile(model));
      printLines([`model     ${file}`]);
      return EXIT.done;
    }
  }
}

function logitsText({ outputs, classes }: Network): string {
  return outputs === 1
    ? 'one logit, whose sigmoid is the probability of the second class'
    : `logits of ${classes} classes`;
}

/** PyTorch's images have their channels first. */
function inputText({ input: [height, width, channels] }: Network): string {
  return [channels, height, width].join(', ');
}
