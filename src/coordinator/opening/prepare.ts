import { existsSync } from 'node:fs';
import { checkAugmentation } from '../../data/augment/check.ts';
import { classWeightsOf, countsOf } from '../../data/class-weights.ts';
import { tooSmall } from '../../data/images/least-size.ts';
import { openDataset } from '../../data/open.ts';
import type { Dataset } from '../../data/samples/dataset.ts';
import { cacheRoot } from '../../shared/cache-folder.ts';
import { datasetOf } from '../../shared/checkpoint/dataset.ts';
import { CheckpointFolder, type FoundCheckpoint, type PassedOver } from '../../shared/checkpoint/folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import { datasetSettings } from '../../data/samples/settings.ts';
import { warmupBeyond } from '../../shared/job/recipe-checks.ts';
import { maybeTensorflow } from '../../shared/job/resolve.ts';
import { buildNetwork } from '../../shared/network/build.ts';
import { totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { type CourseChange, changeOf, jobBefore, sameAgain } from '../progress/course-change.ts';
import type { RunSummary } from '../progress/events.ts';
import { divergedIn } from '../progress/history.ts';
import { placed } from '../store/job-file.ts';
import { Ledger } from '../store/ledger.ts';
import { readLines } from '../store/line-file.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { singleSamples } from '../store/single-samples.ts';
import { refuseOther, refuseRenamed, refuseUnwatched, refuseUseless } from './fitting.ts';
import type { Settings } from './settings.ts';
import { unknownThreads, warmupOver } from './warnings.ts';

/** A run of which nothing can be refused any more, and nothing is written yet. */
export interface Prepared {
  readonly folder: RunFolder;
  readonly resume: boolean;
  readonly job: CompleteJob;
  readonly plan: TrainingPlan;
  readonly dataset: Dataset;
  /** Of the dataset, with the weights of its classes. */
  readonly description: DatasetDescription;
  /** The checkpoint to go on from; null: none was written yet, or the run is new. */
  readonly found: FoundCheckpoint | null;
  /** Newer checkpoints that are damaged. */
  readonly passedOver: readonly PassedOver[];
  /** Committed steps to go on from; 0: from the beginning. */
  readonly startStep: number;
  /** What is different from there on; null: nothing. */
  readonly change: CourseChange | null;
  /** What the workers begin with: the found checkpoint or given weights; null: initial values. */
  readonly beginning: { readonly step: number; readonly bytes: Uint8Array; readonly weightsDigest: string } | null;
  /** What was last said of the run that goes on; null: nothing. */
  readonly earlier: RunSummary | null;
  /** What somebody should know about all that. */
  readonly warnings: readonly string[];
}

/**
 * Reads the dataset and what lies in the run folder, and refuses what does not fit by throwing a GradsocketError. Writes nothing
 * but the cache of datasets.
 */
export async function prepare({ folder, resume, stored, weights, job: asked, notices }: Settings): Promise<Prepared> {
  const passedOver: PassedOver[] = [];
  const found = resume ? await newestIn(folder, (passed) => passedOver.push(passed)) : null;
  const before = found === null ? null : datasetOf(found.checkpoint);
  const dataset = await openDataset({
    data: asked.data,
    ...datasetSettings(asked),
    cacheDir: cacheRoot(process.env),
    expectedDigest: before?.digest ?? (resume ? await Ledger.datasetDigest(folder.ledgerFile) : null),
  });
  const description = weighted(dataset, asked.classWeights);
  const small = tooSmall(description);
  if (small !== null) throw small;
  refuseUnwatched(asked, description);
  checkAugmentation(asked, description.imageShape);
  // Says what does not fit the dataset.
  const network = buildNetwork(asked, description.imageShape, description.classes.length);
  const first = resume ? null : await weights.firstState(asked, description);
  const job = first?.job ?? asked;
  const plan = planOf(job, description.trainSamples);
  const single = singleSamples(network, plan);
  if (single !== null) throw single;
  await Ledger.refuseOther(folder.ledgerFile, description, () => folder.changesIn(dataset));
  const change =
    found === null || stored === null ? null : await changeFrom(found, { folder, stored, job, dataset: description });
  if (change !== null) refuseUseless(change, job, plan);
  if (before !== null) refuseRenamed(before, description);
  const startStep = found?.checkpoint.step ?? 0;
  await Ledger.check(folder.ledgerFile);
  // A run that was stopped before its first checkpoint begins anew; one that goes on has no use for the file any more, but
  // another one must not be named as its own.
  const moved = stored !== null && job.weights !== placed(stored).weights;
  const given = resume && (found === null || moved) ? await weights.firstState(job, description) : first;
  const beginning =
    found === null
      ? given && { step: 0, bytes: given.bytes, weightsDigest: given.weightsDigest }
      : { step: startStep, bytes: found.bytes, weightsDigest: found.checkpoint.weightsDigest };
  const earlier = resume ? await folder.readSummary() : null;
  const repeated = sameAgain(earlier, stored, job);
  const threadsUnknown = resume && maybeTensorflow(job) && !(await folder.keeps('threads'));
  const warnings = [
    ...notices,
    ...(first?.notices ?? []),
    ...(threadsUnknown ? [unknownThreads(job)] : []),
    ...passedOver.map(({ error }) => error.message),
    ...(repeated === null ? [] : [repeated]),
    ...warmupOver(job, startStep, change),
  ];
  return {
    folder,
    resume,
    job,
    plan,
    dataset,
    description,
    found,
    passedOver,
    startStep,
    change,
    beginning,
    earlier,
    warnings,
  };
}

/** The checkpoint to go on from; null: none was written yet. */
async function newestIn(folder: RunFolder, onBad: (passed: PassedOver) => void): Promise<FoundCheckpoint | null> {
  if (!existsSync(folder.checkpoints)) return null;
  const diverged = divergedIn(await readLines(folder.metricsFile));
  return (await CheckpointFolder.existing(folder.checkpoints)).newest(onBad, diverged);
}

interface ChangeOptions {
  readonly folder: RunFolder;
  readonly stored: CompleteJob;
  readonly job: CompleteJob;
  readonly dataset: DatasetDescription;
}

/** What is different from the checkpoint on; null: nothing. Refuses, by throwing, a checkpoint of another run. */
async function changeFrom(found: FoundCheckpoint, options: ChangeOptions): Promise<CourseChange | null> {
  const { folder, stored, job, dataset } = options;
  const { step } = found.checkpoint;
  const before = jobBefore(stored, await Ledger.changesIn(folder.ledgerFile), step);
  refuseOther(found, before, dataset);
  return changeOf(before, job, step);
}

/** The description of a dataset of which some classes count more than others. */
function weighted(dataset: Dataset, setting: string | null): DatasetDescription {
  const { description } = dataset;
  if (setting === null) return description;
  return { ...description, classWeights: classWeightsOf(setting, description.classes, countsOf(dataset)) };
}

function planOf(job: CompleteJob, samples: number): TrainingPlan {
  const { batch, microbatches, epochs, steps, evalEvery, checkpointEvery } = job;
  const plan = { samples, batch, microbatches, epochs, maxSteps: steps, evalEvery, checkpointEvery };
  const conflict = warmupBeyond(job, totalSteps(plan));
  if (conflict !== null) throw new GradsocketError('JOB_CONFLICT', EXIT.configuration, conflict.message);
  return plan;
}
