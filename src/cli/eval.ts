import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { skippedSentence } from '../data/samples/dataset.ts';
import { EXIT, type ExitCode } from '../shared/errors.ts';
import { cellsOf, matrixOf, meanOf, scoresOf, undecidedIn } from './eval/confusion.ts';
import { type Mistake, worstMistakes } from './eval/mistakes.ts';
import { type Argv0, settingsOf, withSettings } from './command/settings.ts';
import type { Labelled } from './trained/labelled.ts';
import type { Classifier } from './trained/classifier.ts';
import type { Measured } from './trained/measure.ts';
import type { TrainedModel } from './trained/model.ts';
import { imageOptions, pictureOption, printedOptions, runArgument } from './trained/options.ts';
import { threadsFor } from './trained/threads.ts';
import { confusionLines, scoreLines } from './eval/class-table.ts';
import { countText, nounFor } from '../shared/plural.ts';
import { lossText, percentText, rateText } from './ui/text.ts';
import { requireOwnPlace } from './picture/own-place.ts';
import { printJson, printLines } from './ui/print.ts';

const options = z.strictObject({
  data: z
    .string()
    .min(1)
    .meta({ expects: 'digits, or a dataset folder or file', isPath: true })
    .nullable()
    .default(null)
    .describe('dataset; default: that of the run'),
  split: z
    .enum(['validation', 'train', 'all'])
    .nullable()
    .default(null)
    .describe('which samples; default: those that the run held out, and of other data all that it was not trained on'),
  badImages: z
    .enum(['fail', 'skip'])
    .nullable()
    .default(null)
    .describe('what to do with an image that cannot be decoded; default: as in the run'),
  ...imageOptions.shape,
  mistakes: pictureOption('draw the worst mistakes, those with the highest loss: a PNG file'),
  gradCam: pictureOption('the same with what in each spoke for the answer, in red (Grad-CAM): a PNG file'),
  batch: z.int().positive().max(4096).default(64).describe('samples at a time'),
  ...printedOptions.shape,
});

/** A picture of more is not looked at. */
const MOST_MISTAKES = 40;
/** A matrix of more columns has millions of cells, almost all of them empty. */
const MOST_COLUMNS = 1000;

export const evalCommand: CommandModule = {
  command: 'eval <run>',
  describe: 'Measure the model of a run: accuracy, scores of each class, what it takes for what, its worst mistakes',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['eval runs/pets', 'on the images that the run held out'],
        ['eval runs/pets --data others --mistakes worst.png', 'on others, with a picture of the worst mistakes'],
      ])
      .positional('run', runArgument),
  handler: async (argv) => {
    process.exitCode = await evaluate(argv);
  },
};

async function evaluate(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const threads = threadsFor(values.threads);
  await requireOwnPlace('--mistakes', values.mistakes);
  await requireOwnPlace('--grad-cam', values.gradCam);
  const { openModel } = await import('./trained/model.ts');
  const { Classifier } = await import('./trained/classifier.ts');
  const { openLabelled } = await import('./trained/labelled.ts');
  const { measure } = await import('./trained/measure.ts');
  const model = await openModel(String(argv['run']), values.checkpoint);
  const samples = await openLabelled(model, values);
  const classifier = await Classifier.create(model, values.engine, threads);
  try {
    const measured = await measure(classifier, model, samples, values.batch);
    const worst = worstMistakes(measured.outcomes, MOST_MISTAKES);
    const shown = {
      model,
      samples,
      measured,
      worst,
      picture: values.mistakes,
      gradCam: values.gradCam,
      engine: classifier.engine,
    };
    if (values.json) printJson(jsonOf(shown));
    else printLines(linesOf(shown));
    // Last, so that a picture that cannot be written costs nobody the result.
    if (values.mistakes !== null) await drawWorst(worst, model, samples, measured, values.mistakes);
    if (values.gradCam !== null) await drawWorst(worst, model, samples, measured, values.gradCam, classifier);
    return exitCodeOf(measured);
  } finally {
    classifier.dispose();
  }
}

/** What a model that has diverged does is not a result. */
export function exitCodeOf({ loss, outcomes }: Pick<Measured, 'loss' | 'outcomes'>): ExitCode {
  return Number.isFinite(loss) && undecidedIn(cellsOf(outcomes)) === 0 ? EXIT.done : EXIT.diverged;
}

interface Shown {
  readonly model: TrainedModel;
  readonly samples: Labelled;
  readonly measured: Measured;
  readonly worst: readonly Mistake[];
  readonly picture: string | null;
  readonly gradCam: string | null;
  readonly engine: { readonly name: string; readonly device: string };
}

function linesOf({ model, samples, measured, picture, gradCam, worst, engine }: Shown): readonly string[] {
  const { classes } = model.dataset;
  const { checkpoint } = model;
  const cells = cellsOf(measured.outcomes);
  const scores = scoresOf(cells, classes);
  const undecided = undecidedIn(cells);
  const mistakes = measured.samples - measured.correct - undecided;
  const unanswered = undecided === 0 ? '' : `, ${countText(undecided)} without a number for an answer`;
  return [
    `result    accuracy ${percentText(measured.accuracy)}, loss ${lossText(measured.loss)}`,
    `samples   ${countText(measured.samples)} (${samples.split}) of ${samples.name}, ${countText(mistakes)} taken for something else${unanswered}`,
    ...notesOf(samples).map((note) => `          ${note}`),
    `speed     ${rateText(measured.samples / measured.seconds)} on ${engine.name} (${engine.device})`,
    `model     ${checkpoint.file}, after step ${checkpoint.step}`,
    ...(picture === null ? [] : [`mistakes  ${picture}: the ${countText(worst.length)} worst`]),
    ...(gradCam === null ? [] : [`grad-cam  ${gradCam}: what spoke for each answer`]),
    '',
    ...scoreLines(scores, meanOf(scores)),
    '',
    ...confusionLines(cells, classes),
  ];
}

function notesOf({ notes, skipped }: Labelled): readonly string[] {
  const left = skippedSentence(skipped);
  return left === null ? notes : [...notes, left];
}

function jsonOf({ model, samples, measured, worst, picture, engine }: Shown): object {
  const { classes } = model.dataset;
  const { outcomes, ...totals } = measured;
  const cells = cellsOf(outcomes);
  const scores = scoresOf(cells, classes);
  const nameOf = (index: number): string | null => classes[index] ?? null;
  return {
    ...totals,
    undecided: undecidedIn(cells),
    split: samples.split,
    trainedOn: samples.trainedOn,
    leftOut: samples.leftOut,
    added: samples.added,
    skipped: samples.skipped,
    notes: samples.notes,
    engine: engine.name,
    checkpoint: model.checkpoint.file,
    classes: scores,
    mean: meanOf(scores),
    confusion: classes.length <= MOST_COLUMNS ? matrixOf(cells, classes.length) : null,
    mistakes: worst.map(({ sample, actual, decided, probability, loss }) => ({
      name: samples.nameOf(sample),
      actual: nameOf(actual),
      decided: nameOf(decided),
      probability,
      loss,
    })),
    picture,
  };
}

async function drawWorst(
  worst: readonly Mistake[],
  model: TrainedModel,
  samples: Labelled,
  measured: Measured,
  file: string,
  /** With it, what spoke for each answer is laid over. */
  classifier: Classifier | null = null,
): Promise<void> {
  const explainer = classifier === null ? null : (await import('./inside/explainer.ts')).explainerOf(model, classifier);
  const { drawMistakes } = await import('./eval/sheet.ts');
  const { writePng } = await import('./picture/png.ts');
  const { dataset } = model;
  const pictured = [];
  // One after the other: an engine computes one thing at a time.
  for (const { sample, actual, decided, probability, loss } of worst) {
    const pixels = await samples.pixels(sample);
    const overlaid = explainer === null || decided < 0 ? null : await explainer(pixels, decided);
    pictured.push({
      pixels,
      actual: dataset.classes[actual]!,
      decided: dataset.classes[decided] ?? null,
      probability,
      loss,
      name: samples.nameOf(sample),
      ...(overlaid === null ? {} : { overlaid }),
    });
  }
  await writePng(drawMistakes(pictured, dataset.imageShape, titleOf(measured, worst.length, samples)), file);
}

function titleOf({ samples, correct }: Measured, drawn: number, { name, split }: Labelled): string {
  const all = samples - correct;
  const among = `${countText(samples)}${split === 'all' ? '' : ` ${split}`} ${nounFor(samples, 'sample')} of ${name}`;
  if (all === 0) return `No mistakes among ${among}`;
  const which =
    drawn === all
      ? all === 1
        ? 'The one mistake'
        : `All ${all} mistakes`
      : `The ${drawn} worst of ${countText(all)} mistakes`;
  return `${which} among ${among}`;
}
