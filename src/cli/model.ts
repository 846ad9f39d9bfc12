import type { CommandModule } from 'yargs';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { fieldsOf } from '../shared/job/fields.ts';
import { valueMeant } from '../shared/job/meaning.ts';
import { modelSchema } from '../shared/job/model.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { buildNetwork } from '../shared/network/build.ts';
import type { Network } from '../shared/network/network.ts';
import { summaryOf } from './model/layers.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './command/settings.ts';
import { modelLines } from './ui/model-table.ts';
import { printJson, printLines } from './ui/print.ts';

const options = z.strictObject({
  ...modelSchema.shape,
  data: z
    .string()
    .min(1)
    .meta({ expects: 'digits, or a dataset folder or file', isPath: true })
    .nullable()
    .default(null)
    .describe('dataset whose images and classes the network is for'),
  imageSize: jobSchema.shape.imageSize.describe('pixels a side of the images; default: 32, or as in --data'),
  grey: z.boolean().default(false).describe('images of one channel'),
  classes: z.int().min(2).max(100_000).nullable().default(null).describe('classes; default: 10, or as in --data'),
  json: z.boolean().default(false).describe('print JSON'),
});
type Options = z.infer<typeof options>;

export const modelCommand: CommandModule = {
  command: 'model [run]',
  describe: 'Show the layers, shapes and parameters of a network',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['model', 'the CNN of the defaults, for images of 32x32'],
        ['model --model resnet18 --image-size 64 --classes 2', 'a ResNet-18'],
        ['model runs/pets', 'the network of a run'],
      ])
      .positional('run', {
        type: 'string',
        coerce: atHome,
        describe: 'folder of a run, to show its network; without it, that of the options',
      }),
  handler: async (argv) => {
    process.exitCode = await show(argv);
  },
};

async function show(argv: Argv0): Promise<number> {
  const { values, sources } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const run = typeof argv['run'] === 'string' ? argv['run'] : undefined;
  let network: Network;
  if (run === undefined) network = await ofOptions(values);
  else {
    const given = [...sources].find(([key, source]) => key !== 'json' && source.from === 'flag');
    if (given !== undefined) {
      throw new GradsocketError('RUN_AND_MODEL', EXIT.usage, `A run has its network: leave out ${run} or the options.`);
    }
    refuseNetwork(run);
    const { openModel } = await import('./trained/model.ts');
    network = (await openModel(run, 'newest')).network;
  }
  const summary = summaryOf(network);
  if (values.json) printJson(summary);
  else printLines(modelLines(summary));
  return EXIT.done;
}

/** `model resnet18` */
function refuseNetwork(run: string): void {
  const choices = fieldsOf(jobSchema).find(({ name }) => name === 'model')?.type;
  const meant = choices?.kind === 'choice' && !existsSync(run) ? valueMeant('model', run, choices.choices) : null;
  if (meant === null) return;
  const advice = 'is' in meant ? `did you mean --model ${meant.is}?` : `--model ${meant.hint}.`;
  throw new GradsocketError('NO_RUN', EXIT.usage, `${run} is no folder of a run: ${advice}`);
}

async function ofOptions(values: Options): Promise<Network> {
  const { data, imageSize, grey } = values;
  if (data === null) {
    const side = imageSize ?? 32;
    return buildNetwork(values, [side, side, grey ? 1 : 3], values.classes ?? 10);
  }
  if (grey || values.classes !== null) {
    throw new GradsocketError(
      'DATA_AND_SHAPE',
      EXIT.usage,
      '--data says what --classes and --gray would: leave them out.',
    );
  }
  const { openDataset } = await import('../data/open.ts');
  const { cacheRoot } = await import('../shared/cache-folder.ts');
  const job = jobSchema.parse({ data, imageSize });
  const dataset = await openDataset({ ...job, cacheDir: cacheRoot(process.env) });
  const { imageShape, classes } = dataset.description;
  return buildNetwork(values, imageShape, classes.length);
}
