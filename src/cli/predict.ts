import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { cacheRoot } from '../shared/cache-folder.ts';
import { isImageName } from '../data/files/image-file.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { printFailure } from './command/failure.ts';
import { newPath } from '../shared/job/new-path.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './command/settings.ts';
import { requireOwnPlace } from './picture/own-place.ts';
import { PredictionTable, STDOUT } from './predict/csv.ts';
import { writtenWord } from './predict/words.ts';
import type { Classifier } from './trained/classifier.ts';
import type { TrainedModel } from './trained/model.ts';
import { logitsOf, noNumber } from './trained/logits.ts';
import { imageOptions, pictureOption, printedOptions, runArgument } from './trained/options.ts';
import { likeliest } from './trained/ranking.ts';
import { probabilitiesOf } from '../shared/network/probabilities.ts';
import { threadsFor } from './trained/threads.ts';
import { predictionLine } from './predict/prediction-line.ts';
import { printJson, printLines } from './ui/print.ts';
import { percentText } from './ui/text.ts';

const options = z.strictObject({
  csv: newPath('a path, or - for standard output')
    .nullable()
    .default(null)
    .describe(
      'write a table: id (the file as it was named), label, and the probability of each class; -: instead of lines',
    ),
  gradCam: pictureOption(
    'draw what in each of the first 100 images spoke for the likeliest class, in red (Grad-CAM): a PNG file',
  ),
  top: z.int().positive().max(1000).default(3).describe('how many classes to show for each image'),
  ...imageOptions.shape,
  ...printedOptions.shape,
});
type Options = z.infer<typeof options>;

/** Enough to keep an engine busy; more would only take memory. */
const BATCH = 64;
/** A picture of more is not looked at. */
const MOST_EXPLAINED = 100;

export const predictCommand: CommandModule = {
  command: 'predict <run> <image..>',
  describe: 'Classify images with the model of a run',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['predict runs/pets cat.jpg dog.jpg', 'what is in two pictures'],
        ['predict runs/pets holiday/ --csv holiday.csv', 'a table of all in a folder'],
        ['predict runs/pets - < cat.jpg', 'from standard input'],
      ])
      .positional('run', runArgument)
      .positional('image', {
        type: 'string',
        array: true,
        coerce: namedFiles,
        describe: 'JPEG, PNG or WebP files, folders and archives of them, and - for standard input',
      }),
  handler: async (argv) => {
    process.exitCode = await predict(argv);
  },
};

async function predict(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const threads = threadsFor(values.threads);
  const csv = values.csv === null ? null : tableFile(writtenWord(values.csv), values.json);
  await requireOwnPlace('--grad-cam', values.gradCam);
  const { openModel } = await import('./trained/model.ts');
  const { findImages } = await import('./predict/images.ts');
  const model = await openModel(String(argv['run']), values.checkpoint);
  const found = await findImages(argv['image'] as readonly string[], cacheRoot(process.env));
  const { imageShape, decoding } = model.dataset;
  const as = { imageShape, decoding, maxPixels: values.maxPixels ?? model.job.maxPixels };
  const decode = async (start: number) => {
    const { decodeAll } = await import('./predict/decode.ts');
    return decodeAll(found.slice(start, start + BATCH), as);
  };
  const line = predictionLine(
    found.map(({ file }) => file),
    model.dataset.classes,
  );
  const table = csv === null ? null : await PredictionTable.begin(csv, model.dataset.classes);
  // Started with the first image that can be decoded: an engine takes a while, and there may be none.
  let classifier: Classifier | null = null;
  const explained: Explained[] = [];
  let refusals = 0;
  let diverged = false;
  let isAway = false;
  const refuse = (file: string, sentence: string): void => {
    refusals++;
    printFailure(sentence);
    if (values.json) printJson({ file, error: sentence });
  };
  try {
    for (let start = 0; start < found.length; start += BATCH) {
      if (table?.unread === true) break;
      const batch = await decode(start);
      const pixels = batch.flatMap((image) => ('pixels' in image ? [image.pixels] : []));
      if (pixels.length > 0) classifier ??= await startClassifier(model, values, threads);
      const answers = classifier === null ? [] : await logitsOf(classifier, model, pixels);
      let next = 0;
      for (const image of batch) {
        if ('refused' in image) {
          isAway ||= image.away !== undefined;
          refuse(image.file, image.refused);
          continue;
        }
        const logits = answers[next++]!;
        if (!logits.every(Number.isFinite)) {
          diverged = true;
          refuse(image.file, noNumber(image.file));
          continue;
        }
        const predictions = likeliest(logits, model.dataset.classes, values.top);
        if (values.gradCam !== null && explained.length < MOST_EXPLAINED) {
          explained.push({ file: image.file, pixels: image.pixels, likeliest: predictions[0]! });
        }
        await table?.add(image.file, predictions[0]!.label, probabilitiesOf(logits));
        if (csv === STDOUT) continue;
        if (values.json) printJson({ file: image.file, predictions });
        else printLines([line(image.file, predictions)]);
      }
    }
    await table?.end();
    if (values.gradCam !== null && classifier !== null)
      await drawExplained(explained, model, classifier, values.gradCam);
  } finally {
    classifier?.dispose();
  }
  if (diverged) return EXIT.diverged;
  if (isAway) return EXIT.tryAgain;
  return refusals === 0 ? EXIT.done : EXIT.badData;
}

/** In `--csv *.jpg` the first image is the file of the table. */
function tableFile(file: string, json: boolean): string {
  if (file === STDOUT && json) {
    const both =
      '--csv - and --json both write to standard output. Leave one of them out, or name a file for the table.';
    throw new GradsocketError('CSV_AND_JSON', EXIT.usage, both);
  }
  if (!isImageName(file)) return file;
  const sentence = `--csv ${file}: that is the name of an image, which the table would take the place of. Name a file such as answers.csv.`;
  throw new GradsocketError('CSV_IMAGE', EXIT.usage, sentence);
}

interface Explained {
  readonly file: string;
  readonly pixels: Uint8Array;
  readonly likeliest: { readonly label: string; readonly probability: number };
}

async function drawExplained(
  explained: readonly Explained[],
  model: TrainedModel,
  classifier: Classifier,
  file: string,
): Promise<void> {
  const { explainerOf } = await import('./inside/explainer.ts');
  const { drawGallery, endOf } = await import('./picture/gallery.ts');
  const { writePng } = await import('./picture/png.ts');
  const { classes, imageShape } = model.dataset;
  const explain = explainerOf(model, classifier);
  const images = [];
  for (const { file: name, pixels, likeliest: top } of explained) {
    const image = await explain(pixels, classes.indexOf(top.label));
    images.push({ image, caption: [`${top.label}, ${percentText(top.probability)}`, endOf(name)] });
  }
  const [height, width] = imageShape;
  await writePng(drawGallery(images, [height, width], 'What spoke for the likeliest class'), file);
}

async function startClassifier(model: TrainedModel, { engine }: Options, threads: number): Promise<Classifier> {
  const module = await import('./trained/classifier.ts');
  return module.Classifier.create(model, engine, threads);
}

/** As they were written, but for the home folder; what comes after `--` is taken as it is. */
function namedFiles(words: readonly string[]): readonly string[] {
  return words.map((word) => (writtenWord(word) === word ? atHome(word) : writtenWord(word)));
}
