import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { printFailure } from './failure.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './settings.ts';
import type { Classifier } from './trained/classifier.ts';
import type { TrainedModel } from './trained/model.ts';
import { engineOptions } from './trained/options.ts';
import { type Guess, likeliest } from './trained/ranking.ts';
import { threadsFor } from './trained/threads.ts';
import { predictionLine } from './ui/prediction-line.ts';
import { printJson, printLines } from './ui/print.ts';

const options = z.strictObject({
  top: z.int().positive().max(1000).default(3).describe('how many classes to show for each image'),
  ...engineOptions.shape,
});
type Options = z.infer<typeof options>;

/** Enough to keep an engine busy; more would only take memory. */
const BATCH = 64;

export const predictCommand: CommandModule = {
  command: 'predict <run> <image..>',
  describe: 'Classify images with the model of a run',
  builder: (yargs) =>
    withSettings(yargs, 'Options:', options)
      .positional('run', { type: 'string', coerce: atHome, describe: 'folder of the run' })
      .positional('image', {
        type: 'string',
        array: true,
        coerce: atHome,
        describe: 'JPEG, PNG or WebP files, and folders of them',
      }),
  handler: async (argv) => {
    process.exitCode = await predict(argv);
  },
};

async function predict(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const threads = threadsFor(values.threads);
  const { openModel } = await import('./trained/model.ts');
  const { findImages } = await import('./predict/images.ts');
  const model = await openModel(String(argv['run']), values.checkpoint);
  const found = await findImages(argv['image'] as readonly string[]);
  const decode = async (start: number) => {
    const { decodeAll } = await import('./predict/decode.ts');
    return decodeAll(found.slice(start, start + BATCH), model.dataset);
  };
  const line = predictionLine(
    found.map(({ file }) => file),
    model.dataset.classes,
  );
  // Started with the first image that can be decoded: an engine takes a while, and there may be none.
  let classifier: Classifier | null = null;
  let refusals = 0;
  try {
    for (let start = 0; start < found.length; start += BATCH) {
      const batch = await decode(start);
      const pixels = batch.flatMap((image) => ('pixels' in image ? [image.pixels] : []));
      if (pixels.length > 0) classifier ??= await startClassifier(model, values, threads);
      const guessed = classifier === null ? [] : await guesses(classifier, model, pixels, values.top);
      let next = 0;
      for (const image of batch) {
        if ('refused' in image) {
          refusals++;
          printFailure(image.refused);
          if (values.json) printJson({ file: image.file, error: image.refused });
          continue;
        }
        const predictions = guessed[next++]!;
        if (values.json) printJson({ file: image.file, predictions });
        else printLines([line(image.file, predictions)]);
      }
    }
  } finally {
    classifier?.dispose();
  }
  return refusals === 0 ? EXIT.done : EXIT.badData;
}

async function startClassifier(model: TrainedModel, { engine }: Options, threads: number): Promise<Classifier> {
  const module = await import('./trained/classifier.ts');
  return module.Classifier.create(model, engine, threads);
}

async function guesses(
  classifier: Classifier,
  { dataset, network }: TrainedModel,
  pixels: readonly Uint8Array[],
  top: number,
): Promise<readonly (readonly Guess[])[]> {
  if (pixels.length === 0) return [];
  const { logits } = await classifier.run(pixels, new Int32Array(pixels.length));
  const { outputs } = network;
  return pixels.map((_, index) =>
    likeliest(logits.subarray(index * outputs, (index + 1) * outputs), dataset.classes, top),
  );
}
