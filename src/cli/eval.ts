import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { type Argv0, settingsOf, withSettings } from './settings.ts';
import { engineOptions } from './trained/options.ts';
import { useThreads } from './trained/threads.ts';
import { countText, lossText, percentText, rateText } from './ui/text.ts';

const options = z.strictObject({
  data: z
    .string()
    .min(1)
    .meta({ expects: 'digits, or a dataset folder or file' })
    .nullable()
    .default(null)
    .describe('dataset; default: that of the run'),
  split: z
    .enum(['validation', 'train', 'all'])
    .nullable()
    .default(null)
    .describe("which samples; default: validation of the run's own dataset, all of any other"),
  batch: z.int().positive().max(4096).default(64).describe('samples at a time'),
  ...engineOptions.shape,
});

export const evalCommand: CommandModule = {
  command: 'eval <run>',
  describe: 'Measure loss and accuracy of the model of a run',
  builder: (yargs) =>
    withSettings(yargs, 'Options:', options).positional('run', { type: 'string', describe: 'folder of the run' }),
  handler: async (argv) => {
    process.exitCode = await evaluate(argv);
  },
};

async function evaluate(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const threads = useThreads(values.threads);
  const { openModel } = await import('./trained/model.ts');
  const { Classifier } = await import('./trained/classifier.ts');
  const { openLabelled } = await import('./trained/labelled.ts');
  const { measure } = await import('./trained/measure.ts');
  const model = await openModel(String(argv['run']), values.checkpoint);
  const samples = await openLabelled(model, values.data ?? model.job.data, values.split);
  const classifier = await Classifier.create(model, values.engine, threads);
  try {
    const result = await measure(classifier, model, samples, values.batch);
    const { engine } = classifier;
    if (values.json) {
      process.stdout.write(
        `${JSON.stringify({ ...result, split: samples.split, engine: engine.name, checkpoint: model.checkpoint.file })}\n`,
      );
      return EXIT.done;
    }
    process.stdout.write(
      [
        `result    accuracy ${percentText(result.accuracy)}, loss ${lossText(result.loss)}`,
        `samples   ${countText(result.samples)} (${samples.split}) of ${samples.name}`,
        `speed     ${rateText(result.samples / result.seconds)} on ${engine.name} (${engine.device})`,
        `model     ${model.checkpoint.file}, after step ${model.checkpoint.step}`,
        '',
      ].join('\n'),
    );
    return EXIT.done;
  } finally {
    classifier.dispose();
    await samples.close();
  }
}
