import type { Measured } from '../../shared/checkpoint/best.ts';
import type { CheckpointFolder } from '../../shared/checkpoint/folder.ts';
import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { RunEvent, RunSummary } from '../progress/events.ts';
import { belongsToFirst, type EvaluationLine, RunHistory, type StepLine } from '../progress/history.ts';
import type { CommittedStep } from '../progress/step-collector.ts';
import type { AgreedDigests } from '../progress/agreement.ts';
import { histogramsOf, scalarsOf } from '../tensorboard/summaries.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { EventFile } from './event-file.ts';
import type { CourseChange } from '../progress/course-change.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import { Ledger } from './ledger.ts';
import { LineFile } from './line-file.ts';
import type { RunFolder } from './run-folder.ts';

export interface ArchiveOptions {
  readonly folder: RunFolder;
  readonly checkpoints: CheckpointFolder;
  readonly job: CompleteJob;
  readonly plan: TrainingPlan;
  readonly dataset: DatasetDescription;
  /** Committed steps of the checkpoint that the run goes on from; 0: a new run. */
  readonly startStep: number;
  /** What is different from there on; left out: nothing. */
  readonly change?: CourseChange | null;
  /** For those who show it: what the archive tells itself is in its log already. */
  readonly onEvent: (event: RunEvent) => void;
  /** The disk is full, or will not do as it should: the run cannot go on. May be called more than once. */
  readonly onError: (error: unknown) => void;
}

interface Opened {
  readonly history: RunHistory;
  readonly ledger: Ledger;
  readonly metrics: LineFile;
  readonly log: LineFile;
  readonly events: EventFile;
}

/** Everything that lasts of a run, behind the verbs with which the run reports. */
export class Archive {
  readonly history: RunHistory;
  readonly ledger: Ledger;
  readonly checkpoints: CheckpointWriter;
  /** What the steps before this resume took; 0: a new run. */
  readonly secondsBefore: number;
  readonly #options: ArchiveOptions;
  readonly #metrics: LineFile;
  readonly #log: LineFile;
  readonly #events: EventFile;
  #jobWritten: Promise<void> = Promise.resolve();

  private constructor(options: ArchiveOptions, opened: Opened) {
    const { onEvent, onError, folder, checkpoints, startStep, job } = options;
    const { history, ledger, metrics, log, events } = opened;
    const tell = (event: RunEvent): void => {
      this.event(event);
      onEvent(event);
    };
    this.#options = options;
    this.history = history;
    this.secondsBefore = history.trainingSeconds;
    this.ledger = ledger;
    this.#metrics = metrics;
    this.#log = log;
    this.#events = events;
    this.checkpoints = new CheckpointWriter({
      folder: checkpoints,
      monitor: job.monitor,
      savedStep: startStep,
      runDir: folder.dir,
      // With job.yaml, which must not be behind a checkpoint of another rate.
      ledgerSynced: async () => {
        await this.#jobWritten;
        await ledger.sync();
      },
      onWritten: ({ step, file, best, tensors }) => {
        if (job.histograms) events.summary(step, histogramsOf(tensors));
        tell({ type: 'checkpoint', step, file, best });
      },
      onSkipped: (step) =>
        tell({
          type: 'warning',
          message: `The checkpoint of step ${step} was skipped: the disk takes longer than checkpoints come. Raise --checkpoint-every.`,
        }),
      onError,
    });
  }

  static async open(options: ArchiveOptions): Promise<Archive> {
    const { folder, plan, dataset, job, startStep, change, onError } = options;
    const head = {
      dataset: dataset.name,
      datasetDigest: dataset.digest,
      seed: job.seed,
      samples: plan.samples,
      batch: plan.batch,
      microbatches: plan.microbatches,
    };
    const ledger = await Ledger.open(folder.ledgerFile, head, plan, startStep, onError, change);
    const keep = (line: unknown): boolean => belongsToFirst(startStep, line);
    const metrics = await LineFile.open(folder.metricsFile, keep, onError);
    const log = await LineFile.open(folder.logFile, () => true, onError);
    const events = await EventFile.open({ dir: folder.dir, startStep, now: Date.now, onError });
    const history = new RunHistory(metrics.kept);
    await reconsider(options, history);
    return new Archive(options, { history, ledger, metrics: metrics.file, log: log.file, events });
  }

  /**
   * Training begins, with the job as it was asked for this time. Not before: an engine that turns out to be missing must not
   * become that of the run.
   */
  begin(): void {
    const { folder, job, onError } = this.#options;
    this.#jobWritten = folder.writeJob(job).catch(onError);
  }

  /** Refuses, by throwing, a step that would count a sample twice or leave one out. */
  step(
    generation: number,
    step: CommittedStep,
    microbatches: Readonly<Record<string, readonly [number, number]>>,
  ): void {
    const { epoch, start, end } = step.position;
    this.ledger.record(generation, { step: step.step, epoch, start, end, samples: step.samples }, microbatches);
  }

  metrics(line: Omit<StepLine, 'time'> | Omit<EvaluationLine, 'time'>): void {
    const timed = { ...line, time: new Date().toISOString() };
    this.#metrics.append(timed);
    this.#events.summary(line.step, scalarsOf(timed));
    this.history.add(timed);
  }

  checkpoint(step: number, bytes: Uint8Array, agreed: AgreedDigests): void {
    this.checkpoints.add({ step, bytes, agreed, measured: this.#measuredAfter(step) });
  }

  /** The same, where it is worth keeping for its evaluation alone. Returns whether it is. */
  candidate(step: number, bytes: Uint8Array, agreed: AgreedDigests): boolean {
    const measured = this.#measuredAfter(step);
    if (measured === null || !this.checkpoints.wouldBeBest(measured)) return false;
    this.checkpoints.add({ step, bytes, agreed, measured });
    return true;
  }

  #measuredAfter(step: number): Measured | null {
    const evaluation = this.history.evaluationAfter(step);
    return evaluation === null ? null : measuredIn(evaluation);
  }

  /** What is told of the run goes to its log, too, but for steps: metrics.jsonl has those. */
  event(event: RunEvent): void {
    if (event.type !== 'step' && event.type !== 'workerStep') this.log({ event });
  }

  log(entry: object): void {
    this.#log.append({ time: new Date().toISOString(), ...entry });
  }

  summary(summary: RunSummary): Promise<void> {
    return this.#options.folder.writeSummary(summary);
  }

  async close(): Promise<void> {
    await this.checkpoints.idle();
    await this.#jobWritten;
    await Promise.all([this.ledger.close(), this.#metrics.close(), this.#log.close(), this.#events.close()]);
  }
}

function measuredIn({ accuracy, loss }: Pick<EvaluationLine, 'accuracy' | 'loss'>): Measured {
  return { validationAccuracy: accuracy, validationLoss: loss };
}

async function reconsider({ checkpoints, job, onEvent }: ArchiveOptions, history: RunHistory): Promise<void> {
  const before = checkpoints.best;
  const evaluations = history.evaluations.map((line) => ({ step: line.step, ...measuredIn(line) }));
  const best = await checkpoints.reconsider(evaluations);
  if (best === null || before === null || before.step === best.step) return;
  const message =
    before.monitor === job.monitor
      ? `The checkpoint of step ${best.step} is the best that is kept, not that of step ${before.step}.`
      : `By --monitor ${job.monitor}, the best of the checkpoints that are kept is that of step ${best.step}, no longer that of ` +
        `step ${before.step}. Better ones may have been removed before.`;
  onEvent({ type: 'warning', message });
}
