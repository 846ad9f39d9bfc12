import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { augmentationSchema } from '../shared/job/augmentation.ts';
import { checkJob } from '../shared/job/checks.ts';
import { datasetSettings } from '../data/samples/settings.ts';
import { preprocessingSchema } from '../shared/job/preprocessing.ts';
import { newPicture } from '../shared/job/new-path.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { cacheRoot } from '../shared/cache-folder.ts';
import { balancedWeights } from '../data/class-weights.ts';
import type { Dataset } from '../data/samples/dataset.ts';
import { tooSmall } from '../data/images/least-size.ts';
import type { ClassCount } from './data/survey.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './command/settings.ts';
import { requireOwnPlace } from './picture/own-place.ts';
import { printJson, printLines } from './ui/print.ts';
import { canRewrite, RewrittenLine } from './ui/rewritten-line.ts';
import { countText } from '../shared/plural.ts';

const reading = jobSchema.pick({
  imageSize: true,
  validationSplit: true,
  badImages: true,
  maxPixels: true,
  seed: true,
});

const options = z.strictObject({
  preview: newPicture()
    .nullable()
    .default(null)
    .describe('draw what the network sees: a PNG file with a row of images for each class'),
  json: z.boolean().default(false).describe('print JSON'),
  ...reading.shape,
  ...preprocessingSchema.shape,
  ...augmentationSchema.shape,
});
type Options = z.infer<typeof options>;

export const dataCommand: CommandModule = {
  command: 'data <data>',
  describe: 'Show what is in a dataset, what is broken, and what the network sees of it',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['data pets', 'classes, sizes, broken images'],
        ['data pets --flip --jitter 0.2 --preview seen.png', 'draws what the network sees of it'],
      ])
      .positional('data', {
        type: 'string',
        coerce: atHome,
        describe: '`digits`, or a dataset folder or file',
      }),
  handler: async (argv) => {
    process.exitCode = await look(argv);
  },
};

async function look(argv: Argv0): Promise<number> {
  const { values, sources } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const { preview, json, ...ofJob } = values;
  await requireOwnPlace('--preview', preview);
  checkJob(jobSchema.parse(ofJob), null, sources);
  const data = String(argv['data']);
  const { openDataset } = await import('../data/open.ts');
  const { checkAugmentation } = await import('../data/augment/check.ts');
  const { survey } = await import('./data/survey.ts');
  const { dataLines } = await import('./ui/data-table.ts');
  // How far the reading is, where somebody looks; a large dataset takes minutes the first time.
  const progress = new RewrittenLine(process.stderr, () => performance.now());
  const dataset = await openDataset({
    data,
    // All that is broken is to be shown, not the first of it.
    ...datasetSettings({ ...values, badImages: 'skip' }),
    cacheDir: cacheRoot(process.env),
    onProgress: ({ phase, done, total }) => {
      if (!canRewrite(process.stderr) || !progress.isDue) return;
      const text = `${phase} ${countText(done)}${total === null ? '' : ` of ${countText(total)}`}`;
      progress.draw((columns) => text.slice(0, columns));
    },
  }).finally(() => progress.clear());
  const { description, skipped, duplicates, notices } = dataset;
  checkAugmentation(values, description.imageShape);
  const found = await survey(dataset);
  const refused = skipped.length > 0 && values.badImages === 'fail';
  const small = tooSmall(description);
  if (preview !== null) await drawPreview(dataset, found.classes, values, preview);
  if (json) {
    const balanced = balancedWeights(found.classes.map(({ train }) => train));
    printJson({ ...description, ...found, balancedWeights: balanced, broken: skipped, duplicates, notices, preview });
  } else {
    const lines = [...dataLines(description, found, skipped, notices)];
    if (refused) lines.push('          Training refuses them. Mend or remove them, or pass --bad-images skip.');
    if (preview !== null) lines.push(`preview   ${preview}`);
    printLines(lines);
  }
  if (small !== null) throw small;
  return refused ? EXIT.badData : EXIT.done;
}

async function drawPreview(
  dataset: Dataset,
  classes: readonly ClassCount[],
  values: Options,
  file: string,
): Promise<void> {
  const { description } = dataset;
  const { augmenter } = await import('../data/augment/augmenter.ts');
  const { writePng } = await import('./picture/png.ts');
  const { drawSheet } = await import('./data/sheet.ts');
  const augment = augmenter(values, description, values.seed);
  await writePng(await drawSheet({ dataset, classes, augment, seed: values.seed }), file);
}
