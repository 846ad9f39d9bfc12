import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { Chronicle } from '../../coordinator/progress/chronicle.ts';
import { metricsIn, RunHistory } from '../../coordinator/progress/history.ts';
import { headLine } from '../../coordinator/store/ledger-lines.ts';
import { readLines, readShownLines } from '../../coordinator/store/line-file.ts';
import { RunFolder } from '../../coordinator/store/run-folder.ts';
import { checkpointsIn, type ViewSource } from '../../coordinator/view/compose.ts';
import { stepsPerEpoch, totalSteps } from '../../shared/plan/schedule.ts';
import { COMMAND } from '../command/self.ts';
import { noRun } from '../trained/no-run.ts';
import { repeatCommand } from '../run/repeat.ts';

/** What the log says of the data. Runs of which no log is left are shown without. */
const datasetLine = z.object({
  event: z.object({ type: z.literal('dataset'), train: z.number(), validation: z.number(), classes: z.number() }),
});

/** A run as its folder shows it: nobody leads it any more, or it is looked at from outside. `tell`: what of it is damaged. */
export async function endedRun(dir: string, tell: (sentence: string) => void): Promise<ViewSource> {
  const folder = new RunFolder(dir);
  if (!existsSync(folder.jobFile)) {
    throw noRun(dir);
  }
  const job = await folder.open();
  const metrics = metricsIn(await readShownLines(folder.metricsFile, tell));
  const log = await readLines(folder.logFile);
  const [first] = await readLines(folder.ledgerFile);
  const head = headLine.safeParse(first).data ?? null;
  const history = new RunHistory(metrics);
  const chronicle = new Chronicle(log);
  const about = log.map((line) => datasetLine.safeParse(line).data?.event).findLast((event) => event !== undefined);
  const samples = head?.samples ?? about?.train ?? job.batch;
  const { batch, microbatches, epochs, evalEvery, checkpointEvery } = job;
  const plan = { samples, batch, microbatches, epochs, maxSteps: job.steps, evalEvery, checkpointEvery };
  const step = history.lastStep?.step ?? 0;
  const told = await folder.readSummary();
  // That of an earlier part of a run that has gone on since does not say how it ended.
  const summary = told !== null && told.steps >= step ? told : null;
  const newest = chronicle.generations.at(-1);
  const state = summary === null ? 'unfinished' : STATES[summary.status];
  return {
    name: basename(resolve(dir)),
    run: {
      state,
      job,
      dataset: {
        name: head?.dataset ?? job.data,
        digest: head?.datasetDigest ?? '',
        // Their names are in the checkpoints, which may be large.
        classes: Array.from({ length: about?.classes ?? 0 }, (_, index) => `class ${index}`),
        trainSamples: samples,
        validationSamples: history.lastEvaluation?.samples ?? about?.validation ?? 0,
      },
      step,
      steps: totalSteps(plan),
      epoch: Math.floor(step / stepsPerEpoch(plan)),
      epochs: Math.ceil(totalSteps(plan) / stepsPerEpoch(plan)),
      loss: history.lastStep?.loss ?? null,
      accuracy: history.lastStep?.accuracy ?? null,
      learningRate: history.lastStep?.learningRate ?? null,
      imagesPerSecond: summary?.imagesPerSecond ?? history.imagesPerSecond,
      secondsLeft: null,
      generation: newest?.generation ?? null,
      why: newest?.why ?? null,
      topology: null,
      wanted: newest?.workers ?? summary?.workers ?? 0,
      workers: [],
      present: 0,
      evaluations: history.shownEvaluations.map(({ step: after, loss, accuracy }) => ({ step: after, loss, accuracy })),
      checkpoint: summary?.checkpoint ?? null,
      bestCheckpoint: summary?.bestCheckpoint ?? null,
      summary,
    },
    history,
    chronicle,
    checkpoints: await checkpointsIn(folder.checkpoints),
    answers: null,
    commands: {
      run: repeatCommand(job, {
        command: COMMAND,
        workers: newest?.workers ?? summary?.workers ?? 1,
        engine: summary?.engine ?? null,
      }),
      join: null,
    },
  };
}

/** As the page names them. */
const STATES = { done: 'finished', interrupted: 'interrupted', diverged: 'diverged', failed: 'failed' } as const;
