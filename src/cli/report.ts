import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { inspectionsIn } from '../coordinator/progress/inspections.ts';
import { metricsIn } from '../coordinator/progress/history.ts';
import { readLines, readShownLines } from '../coordinator/store/line-file.ts';
import { RunFolder } from '../coordinator/store/run-folder.ts';
import { writeFileAtomically } from '../shared/checkpoint/atomic-file.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { printWarning } from './command/failure.ts';
import { type Argv0, settingsOf, withSettings } from './command/settings.ts';
import { confusionPicture } from './report/confusion-picture.ts';
import { metricsCsv } from './report/metrics-csv.ts';
import { type ReportedEvaluation, runReport } from './report/page.ts';
import { insidePlots } from './report/inside-plots.ts';
import { plotsOf } from './report/plots.ts';
import { withoutFolders } from './report/without-folders.ts';
import { writePlot } from './report/write-plot.ts';
import { cellsOf, matrixOf, meanOf, scoresOf } from './eval/confusion.ts';
import { engineOptions, folderOption, runArgument } from './trained/options.ts';
import { placeOf } from './trained/place.ts';
import { threadsFor } from './trained/threads.ts';
import { printLines } from './ui/print.ts';
import { endedRun } from './view/ended-run.ts';
import { outputFolder } from './trained/output-folder.ts';

const options = z.strictObject({
  output: folderOption('report'),
  byClass: z
    .enum(['auto', 'none'])
    .default('auto')
    .describe('measure the model once more, for its confusion matrix and scores; auto: where its data is at hand'),
  ...engineOptions.shape,
});
type Options = z.infer<typeof options>;

export const reportCommand: CommandModule = {
  command: 'report <run>',
  describe: 'Write what a run came to as one HTML file, with its plots as SVG and PNG, and its figures as CSV',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([['report runs/pets', 'one page to keep or to send, and its plots as pictures']])
      .positional('run', runArgument),
  handler: async (argv) => {
    process.exitCode = await report(argv);
  },
};

async function report(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const run = String(argv['run']);
  const { runDir } = placeOf(run, values.checkpoint);
  const source = await endedRun(runDir, printWarning);
  const folder = values.output ?? join(runDir, 'report');
  await outputFolder(folder);
  const looks = inspectionsIn(await readShownLines(new RunFolder(runDir).inspectFile, printWarning));
  const plots = [...plotsOf(source), ...insidePlots(looks)];
  const evaluation = await byClass(run, values);
  const picture = typeof evaluation === 'string' ? null : evaluation.picture;
  const all = [...plots, ...(picture === null ? [] : [picture])];
  for (const one of all) await writePlot(folder, one);
  const lines = metricsIn(await readLines(new RunFolder(runDir).metricsFile));
  await writeFileAtomically(join(folder, 'metrics.csv'), metricsCsv(lines));
  // Last: what it speaks of is there.
  const file = join(folder, 'report.html');
  await writeFileAtomically(file, runReport({ ...withoutFolders(source, evaluation, runDir), plots, now: new Date() }));
  printLines([
    `report    ${file}`,
    ...(all.length === 0 ? [] : [`plots     ${all.map(({ name }) => name).join(', ')}: .svg and .png beside it`]),
    `figures   ${join(folder, 'metrics.csv')}`,
    ...(typeof evaluation === 'string' ? [`by class  ${evaluation}`] : []),
  ]);
  return EXIT.done;
}

/** What the model does with the samples that the run held out; a sentence where that cannot be known. */
async function byClass(
  run: string,
  { byClass: wanted, checkpoint, engine, threads }: Options,
): Promise<ReportedEvaluation | string> {
  if (wanted === 'none') return 'Not measured: --by-class none.';
  try {
    const { openModel } = await import('./trained/model.ts');
    const { Classifier } = await import('./trained/classifier.ts');
    const { openLabelled } = await import('./trained/labelled.ts');
    const { measure } = await import('./trained/measure.ts');
    const model = await openModel(run, checkpoint);
    const samples = await openLabelled(model, { data: null, split: null, badImages: null, maxPixels: null });
    const classifier = await Classifier.create(model, engine, threadsFor(threads));
    try {
      const { outcomes, ...measured } = await measure(classifier, model, samples, 64);
      const { classes } = model.dataset;
      const cells = cellsOf(outcomes);
      const scores = scoresOf(cells, classes);
      const svg = confusionPicture(matrixOf(cells, classes.length), classes);
      return {
        ...measured,
        checkpoint: model.checkpoint.file,
        step: model.checkpoint.step,
        split: samples.split,
        scores,
        mean: meanOf(scores),
        picture: svg === null ? null : { name: 'confusion', title: 'Confusion matrix', svg },
      };
    } finally {
      classifier.dispose();
    }
  } catch (error) {
    // The curves are worth a page of their own: data that has gone need not cost them.
    if (error instanceof GradsocketError) return `Not measured: ${error.message}`;
    throw error;
  }
}
