import { readFile } from 'node:fs/promises';
import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { printFailure } from './failure.ts';
import { type Argv0, settingsOf, withSettings } from './settings.ts';
import type { Classifier } from './trained/classifier.ts';
import type { TrainedModel } from './trained/model.ts';
import { engineOptions } from './trained/options.ts';
import { type Guess, likeliest } from './trained/ranking.ts';
import { useThreads } from './trained/threads.ts';
import { percentText } from './ui/text.ts';

const options = z.strictObject({
  top: z.int().positive().max(1000).default(3).describe('how many classes to show for each image'),
  ...engineOptions.shape,
});

/** Enough to keep an engine busy; more would only take memory. */
const BATCH = 64;

export const predictCommand: CommandModule = {
  command: 'predict <run> <image..>',
  describe: 'Classify images with the model of a run',
  builder: (yargs) =>
    withSettings(yargs, 'Options:', options)
      .positional('run', { type: 'string', describe: 'folder of the run' })
      .positional('image', { type: 'string', array: true, describe: 'JPEG, PNG or WebP files' }),
  handler: async (argv) => {
    process.exitCode = await predict(argv);
  },
};

interface Decoded {
  readonly file: string;
  readonly pixels: Uint8Array;
}

async function predict(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const files = argv['image'] as readonly string[];
  const threads = useThreads(values.threads);
  const { openModel } = await import('./trained/model.ts');
  const { Classifier } = await import('./trained/classifier.ts');
  const model = await openModel(String(argv['run']), values.checkpoint);
  const { decodable, broken } = await decodeAll(files, model);
  for (const sentence of broken) printFailure(sentence);
  if (decodable.length > 0) {
    const classifier = await Classifier.create(model, values.engine, threads);
    try {
      const width = Math.max(...decodable.map(({ file }) => file.length));
      for (let start = 0; start < decodable.length; start += BATCH) {
        const batch = decodable.slice(start, start + BATCH);
        const all = await guesses(classifier, model, batch, values.top);
        batch.forEach(({ file }, index) => {
          const guessed = all[index] ?? [];
          const line = values.json
            ? JSON.stringify({ file, predictions: guessed })
            : `${file.padEnd(width)}  ${guessed.map(guessText).join('   ')}`;
          process.stdout.write(`${line}\n`);
        });
      }
    } finally {
      classifier.dispose();
    }
  }
  return broken.length === 0 ? EXIT.done : EXIT.badData;
}

async function decodeAll(
  files: readonly string[],
  { dataset }: TrainedModel,
): Promise<{ readonly decodable: readonly Decoded[]; readonly broken: readonly string[] }> {
  const { decodeImage } = await import('../shared/data/decode.ts');
  const decodable: Decoded[] = [];
  const broken: string[] = [];
  for (const file of files) {
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
    if (bytes instanceof Error) {
      broken.push(`${file} cannot be read: ${bytes.code === 'ENOENT' ? 'there is no such file' : bytes.message}.`);
      continue;
    }
    const result = await decodeImage(bytes, dataset.imageShape);
    if (result.reason === null) decodable.push({ file, pixels: result.pixels });
    else broken.push(`${file} cannot be decoded: ${result.reason}.`);
  }
  return { decodable, broken };
}

async function guesses(
  classifier: Classifier,
  { dataset }: TrainedModel,
  batch: readonly Decoded[],
  top: number,
): Promise<readonly (readonly Guess[])[]> {
  const pixels = batch.map((image) => image.pixels);
  const { logits } = await classifier.run(pixels, new Int32Array(batch.length));
  const classes = dataset.classes;
  return batch.map((_, index) =>
    likeliest(logits.subarray(index * classes.length, (index + 1) * classes.length), classes, top),
  );
}

function guessText({ label, probability }: Guess): string {
  return `${label} ${percentText(probability)}`;
}
