import { existsSync, readFileSync } from 'node:fs';
import { CheckpointFolder, type FoundCheckpoint, type PassedOver } from '../shared/checkpoint/folder.ts';
import { datasetOf } from '../shared/checkpoint/dataset.ts';
import { jobFingerprint } from '../shared/checkpoint/fingerprint.ts';
import { classWeightsOf, countsOf, readClassWeights } from '../data/class-weights.ts';
import { checkAugmentation } from '../data/augment/check.ts';
import { type Dataset, skippedSentence } from '../data/samples/dataset.ts';
import { tooSmall } from '../data/images/least-size.ts';
import { openDataset } from '../data/open.ts';
import { someOf } from '../data/files/some.ts';
import { cacheRoot } from '../shared/cache-folder.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { conflictIn } from '../shared/job/checks.ts';
import { maybeTensorflow, tensorflowThreads } from '../shared/job/resolve.ts';
import { warmupBeyond } from '../shared/job/recipe-checks.ts';
import type { Job } from '../shared/job/schema.ts';
import { checkToken } from '../shared/link/credential.ts';
import { LinkServer } from '../shared/link/link-server.ts';
import type { CoordinatorChannel } from '../shared/link/channel.ts';
import type { DatasetDescription } from '../shared/protocol/shared.ts';
import { totalSteps, type TrainingPlan } from '../shared/plan/schedule.ts';
import { systemClock } from './membership/clock.ts';
import { DataServer } from './data-server.ts';
import { DEADLINES, type Deadlines } from './membership/deadlines.ts';
import type { RunEvent, RunSummary } from './progress/events.ts';
import { holdBack } from './held-channel.ts';
import { preprocessingSchema } from '../shared/job/preprocessing.ts';
import { buildNetwork } from '../shared/network/build.ts';
import { routes } from './http/routes.ts';
import { type RunStatus, statusOf } from './http/status.ts';
import { Run } from './membership/run.ts';
import { isOver } from './membership/state.ts';
import { Metrics } from './metrics.ts';
import { StarReduceHub } from './reduce-hub.ts';
import { Archive } from './store/archive.ts';
import type { GivenWeights } from './opening/given-weights.ts';
import { type CourseChange, changeOf, changeText, jobBefore, sameAgain } from './progress/course-change.ts';
import type { CompleteJob } from '../shared/job/complete.ts';
import { completeJob, placed, resumedJob } from './store/job-file.ts';
import { Ledger } from './store/ledger.ts';
import { singleSamples } from './store/single-samples.ts';
import { readLines } from './store/line-file.ts';
import { divergedIn } from './progress/history.ts';
import { RunFolder } from './store/run-folder.ts';

export interface CoordinatorOptions {
  readonly job: Job;
  readonly runDir: string;
  readonly resume: boolean;
  /** How many to wait for before training begins. */
  readonly workers: number;
  readonly listen: { readonly host: string; readonly port: number };
  /** Workers must show it; null: none, on a loopback address only. */
  readonly token: string | null;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly onEvent: (event: RunEvent) => void;
  /** What the run begins with where its job names weights. */
  readonly weights: GivenWeights;
  /** How a person continues this run, for sentences. */
  readonly resumeCommand?: string;
  /** For tests; where not given, as in deadlines.ts. */
  readonly deadlines?: Partial<Deadlines>;
}

/** What there is once the dataset and the run folder are open. */
interface Opened {
  readonly run: Run;
  readonly archive: Archive;
  readonly dataset: Dataset;
  readonly data: DataServer;
  readonly status: () => RunStatus;
}

/** One process's share of a run that is not training: listens, knows who is there, serves data, keeps what lasts. */
export class Coordinator {
  /** `ws://host:port` or `wss://...`: what workers are given. */
  readonly url: string;
  /** Never rejects: what went wrong is in the exit code, and was told as an event. */
  readonly finished: Promise<{ readonly exitCode: number; readonly summary: RunSummary | null }>;
  readonly #link: LinkServer;
  readonly #opened: Opened;
  readonly #folder: RunFolder;
  readonly #deadlines: Deadlines;
  #closing: Promise<void> | null = null;

  private constructor(link: LinkServer, opened: Opened, folder: RunFolder, deadlines: Deadlines) {
    this.url = link.url;
    this.#link = link;
    this.#opened = opened;
    this.#folder = folder;
    this.#deadlines = deadlines;
    this.finished = opened.run.over;
  }

  /**
   * Everything that can be refused is refused here, before anything is written: settings, address, dataset, run folder.
   *
   * @throws GradsocketError
   */
  static async start(options: CoordinatorOptions): Promise<Coordinator> {
    const folder = new RunFolder(options.runDir);
    try {
      return await Coordinator.#start(options, folder);
    } catch (error) {
      folder.unlock();
      throw error;
    }
  }

  static async #start(options: CoordinatorOptions, folder: RunFolder): Promise<Coordinator> {
    const { resume, listen, token, tls, workers } = options;
    checkToken(token, listen.host);
    const stored = resume ? await folder.open() : null;
    const asked = { ...options.job, classWeights: await readClassWeights(options.job.classWeights) };
    const job = stored === null ? completeJob(asked) : resumedJob(stored, asked, await folder.keeps('threads'));
    if (stored === null) await folder.refuseIfTaken(job.data);
    const conflict = conflictIn(job, workers);
    if (conflict !== null) throw new GradsocketError('SETTINGS_CONFLICT', EXIT.configuration, conflict.message);
    // Before its checkpoints are read: whoever leads it now may be writing one.
    if (resume) await folder.lock();
    // A run that goes on has it in its job.
    const prepared = resume ? { job, notices: [] } : await options.weights.prepare(job);

    const metrics = new Metrics(packageVersion());
    let opened: Opened | null = null;
    // The port is taken before a large dataset is read: a wrong address should not show only then.
    const link = await LinkServer.listen({
      listen,
      ...(tls === undefined ? {} : { tls }),
      onTurnedAway: (why) => metrics.turnedAway(why),
      onRequest: routes({
        host: listen.host,
        token,
        status: () => opened?.status() ?? { state: 'opening' },
        ready: () => opened !== null && !isOver(opened.run.state),
        metrics: () => {
          metrics.membership(opened?.run.members ?? []);
          return metrics.expose();
        },
      }),
    });
    try {
      const early: CoordinatorChannel[] = [];
      link.acceptChannels('control', token, (channel) => {
        if (opened === null) early.push(holdBack(channel));
        else opened.run.admit(channel);
      });
      const deadlines = { ...DEADLINES, ...options.deadlines };
      opened = await open({ ...options, folder, ...prepared, stored, deadlines }, link, metrics);
      for (const channel of early) opened.run.admit(channel);
      return new Coordinator(link, opened, folder, deadlines);
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  /** Nothing is left to do: no worker need come any more. */
  get isOver(): boolean {
    return isOver(this.#opened.run.state);
  }

  /** Ctrl-C: the first ends the run with a checkpoint, a second one at once. */
  interrupt(reason: string): void {
    this.#opened.run.interrupt(reason);
  }

  /** The process of a worker has ended, and nobody will start it again. */
  workerExited(name: string, why: string): void {
    this.#opened.run.workerExited(name, why);
  }

  /** Ends what is still going on, then everything else. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { run, archive, data, dataset } = this.#opened;
    // Twice, for the first only begins to save.
    run.interrupt('the coordinator was closed');
    run.interrupt('the coordinator was closed');
    await run.over;
    await run.empty(this.#deadlines.goodbye);
    data.close();
    await this.#link.close();
    await archive.close();
    await dataset.close();
    this.#folder.unlock();
  }
}

interface OpenOptions extends CoordinatorOptions {
  readonly folder: RunFolder;
  readonly job: CompleteJob;
  /** Of the run that goes on, as it lies in its folder; null: a new run. */
  readonly stored: CompleteJob | null;
  /** Sentences to tell the user of the settings, as those that were taken from the weights of another network. */
  readonly notices: readonly string[];
  readonly deadlines: Deadlines;
}

/** Opens dataset and run folder, and lets the run begin to wait for workers. */
async function open(options: OpenOptions, link: LinkServer, metrics: Metrics): Promise<Opened> {
  const { folder, resume, stored, workers, token, deadlines, weights } = options;
  const passedOver: PassedOver[] = [];
  const found = resume ? await newestIn(folder, (passed) => passedOver.push(passed)) : null;
  const before = found === null ? null : datasetOf(found.checkpoint);
  const { data, imageSize, validationSplit, badImages, maxPixels, seed } = options.job;
  const dataset = await openDataset({
    data,
    imageSize,
    validationSplit,
    badImages,
    maxPixels,
    seed,
    ...preprocessingSchema.strip().parse(options.job),
    cacheDir: cacheRoot(process.env),
    expectedDigest: before?.digest ?? (resume ? await Ledger.datasetDigest(folder.ledgerFile) : null),
  });
  const description = weighted(dataset, options.job.classWeights);
  const small = tooSmall(description);
  if (small !== null) throw small;
  checkAugmentation(options.job, description.imageShape);
  // Says what does not fit the dataset, before anything is written.
  const network = buildNetwork(options.job, description.imageShape, description.classes.length);
  let given = resume ? null : await weights.firstState(options.job, description);
  const job = given?.job ?? options.job;
  const plan = planOf(job, description.trainSamples);
  const single = singleSamples(network, plan);
  if (single !== null) throw single;
  const warnings: string[] = [...options.notices, ...(given?.notices ?? [])];
  if (resume && maybeTensorflow(job) && !(await folder.keeps('threads'))) warnings.push(unknownThreads(job));
  await Ledger.refuseOther(folder.ledgerFile, description, () => folder.changesIn(dataset));
  const change =
    found === null || stored === null ? null : await changeFrom(found, { folder, stored, job, dataset: description });
  if (change !== null) refuseUseless(change, plan);
  if (before !== null) refuseRenamed(before, description);
  const startStep = found?.checkpoint.step ?? 0;
  await Ledger.check(folder.ledgerFile, plan, startStep);
  // A run that was stopped before its first checkpoint begins anew; one that goes on has no use for the file any more, but
  // another one must not be named as its own.
  const moved = stored !== null && job.weights !== placed(stored).weights;
  if (resume && (found === null || moved)) given = await weights.firstState(job, description);

  // Up to here nothing was written; from here on nothing is refused but what somebody else began in the folder meanwhile.
  await folder.lock();
  if (!resume) await folder.refuseIfTaken(job.data);
  await folder.make();
  await folder.keepSamples(dataset, resume);
  if (!resume) await folder.writeJob(job);
  const checkpoints = await CheckpointFolder.open(folder.checkpoints, job.keepCheckpoints, job.monitor);
  await checkpoints.setAside(passedOver);
  warnings.push(...passedOver.map(({ error }) => error.message));

  let archive: Archive | null = null;
  let run: Run | null = null;
  let failedEarly: unknown = null;
  const onEvent = (event: RunEvent): void => {
    if (event.type !== 'step' && event.type !== 'workerStep') archive?.log({ event });
    metrics.observe(event);
    options.onEvent(event);
  };
  const onError = (error: unknown): void => {
    failedEarly ??= error;
    run?.fail(error);
  };
  const shape = { plan, dataset: description, startStep, change };
  archive = await Archive.open({ folder, checkpoints, job, ...shape, onEvent, onError });

  const earlier = resume ? await folder.readSummary() : null;
  const repeated = sameAgain(earlier, stored, job);
  if (repeated !== null) warnings.push(repeated);
  if (change !== null && job.warmupSteps > 0 && job.warmupSteps <= startStep && 'warmupSteps' in change.to) {
    warnings.push(`--warmup-steps ${job.warmupSteps} counts from the first step of the run, so it is over already.`);
  }
  let summary: RunSummary | null = null;
  const hub = await StarReduceHub.create(link, job, description);
  run = new Run({
    job,
    plan,
    dataset: description,
    skipped: dataset.skipped.length,
    wanted: workers,
    resume:
      found === null
        ? given && { step: 0, bytes: given.bytes, weightsDigest: given.weightsDigest }
        : { step: startStep, bytes: found.bytes, weightsDigest: found.checkpoint.weightsDigest },
    earlier,
    url: link.url,
    resumeCommand: options.resumeCommand ?? resumeCommandOf(folder.dir),
    archive,
    hub,
    clock: systemClock,
    deadlines,
    onEvent: (event) => {
      if (event.type === 'finished') summary = event.summary;
      onEvent(event);
    },
    onStale: () => metrics.turnedAway('wrongGeneration'),
  });
  const theRun = run;
  const server = new DataServer({
    dataset,
    onBroken: (error) => theRun.fail(error),
    onSent: (bytes) => metrics.samplesSent(bytes),
  });
  link.acceptChannels('data', token, (channel) => server.serve(channel));
  tellOfStart({
    data: job.data,
    dataset,
    found,
    change,
    warnings,
    archive,
    url: link.url,
    onEvent,
    resume,
  });
  if (failedEarly !== null) run.fail(failedEarly);
  run.start();
  const sources = { run, archive, plan, job, dataset: description, wanted: workers, startStep };
  return { run, archive, dataset, data: server, status: () => statusOf({ ...sources, summary }) };
}

function tellOfStart(start: {
  /** As the user named it. */
  readonly data: string;
  readonly dataset: Dataset;
  readonly found: FoundCheckpoint | null;
  readonly change: CourseChange | null;
  readonly warnings: readonly string[];
  readonly archive: Archive;
  readonly url: string;
  readonly resume: boolean;
  readonly onEvent: (event: RunEvent) => void;
}): void {
  const { dataset, found, archive, url, resume, onEvent } = start;
  const { name, trainSamples: train, validationSamples: validation, classes } = dataset.description;
  const warn = (message: string): void => onEvent({ type: 'warning', message });
  onEvent({ type: 'listening', url });
  const skipped = dataset.skipped.length;
  onEvent({ type: 'dataset', name, train, validation, classes: classes.length, skipped });
  const left = skippedSentence(dataset.skipped, start.data);
  if (left !== null) warn(left);
  for (const message of dataset.notices) warn(message);
  for (const message of start.warnings) warn(message);
  if (found !== null) {
    onEvent({
      type: 'resumed',
      step: found.checkpoint.step,
      file: archive.checkpoints.savedFile ?? found.checkpoint.file,
      changed: start.change === null ? null : changeText(start.change),
    });
    if (archive.ledger.firstStep > 0) {
      warn(`The ledger begins at step ${archive.ledger.firstStep}: what was counted before is not on record.`);
    }
  } else if (resume) {
    warn('There is no checkpoint yet, so the run begins anew.');
  }
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

/** So that job.yaml never says what no step was trained with. */
function refuseUseless(change: CourseChange, plan: TrainingPlan): void {
  if (change.step < totalSteps(plan)) return;
  throw new GradsocketError(
    'JOB_CHANGED',
    EXIT.configuration,
    `${changeText(change)} would change nothing, as all ${change.step} steps are done. Raise --epochs or --steps, too.`,
  );
}

function unknownThreads(job: CompleteJob): string {
  return (
    `This run was begun by a version that did not keep --threads. It goes on with ${tensorflowThreads(job)}: where it had another ` +
    'number (the cores of the machine, shared out to the workers), its weights will not be those of an unbroken run to the last bit.'
  );
}

/** The job's fixed settings were compared before; what is left to differ is the dataset. */
function refuseOther({ checkpoint }: FoundCheckpoint, job: CompleteJob, dataset: DatasetDescription): void {
  const run = { datasetDigest: dataset.digest, microbatches: job.microbatches };
  if (checkpoint.fingerprint === jobFingerprint(job, run)) return;
  throw new GradsocketError(
    'JOB_CHANGED',
    EXIT.configuration,
    `${checkpoint.file} belongs to a run with other settings or other data than job.yaml and --data say. Bring back what ` +
      `it was trained with, or start a new run in another --run-dir.`,
  );
}

/** The digest is over labels, which are numbers. Under other names they would mean something else from one checkpoint to the next. */
function refuseRenamed(before: DatasetDescription, now: DatasetDescription): void {
  const other = before.classes.flatMap((name, label) => {
    const present = now.classes[label] ?? 'none';
    // One name, stored in another way by another file system, is no other name.
    return present.normalize() === name.normalize() ? [] : [`${name} is now ${present}`];
  });
  if (other.length === 0) return;
  throw new GradsocketError(
    'DATASET_CHANGED',
    EXIT.badData,
    `Classes have other names than when this run was trained: ${someOf(other)}. Name them as before, or start a new run ` +
      'in another --run-dir.',
  );
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

function resumeCommandOf(dir: string): string {
  const quoted = /^[\w./-]+$/.test(dir) ? dir : `'${dir.replaceAll("'", `'\\''`)}'`;
  return `gradsocket launch --resume --run-dir ${quoted}`;
}

/** The same place seen from src/ and from dist/. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
