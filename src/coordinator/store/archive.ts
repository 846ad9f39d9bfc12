import { bytesText } from '../../shared/bytes-text.ts';
import { isFull, isWriteFailure } from '../../shared/checkpoint/atomic-file.ts';
import { type Lack, lackOf } from '../../shared/checkpoint/lacking.ts';
import type { Measured } from '../../shared/checkpoint/best.ts';
import type { PassedOver } from '../../shared/checkpoint/folder.ts';
import { systemClock } from '../../shared/clock.ts';
import type { AgreedDigests } from '../progress/agreement.ts';
import type { Chronicle } from '../progress/chronicle.ts';
import type { RunEvent, RunSummary } from '../progress/events.ts';
import {
  belongsToFirst,
  divergedIn,
  type EvaluationLine,
  measuredIn,
  RunHistory,
  type StepLine,
} from '../progress/history.ts';
import type { CommittedStep } from '../progress/step-collector.ts';
import type { Inspection } from '../../shared/protocol/inspection.ts';
import { insideOf } from '../tensorboard/inside.ts';
import { histogramsOf, scalarsOf } from '../tensorboard/summaries.ts';
import type { ArchiveOptions, Beginning } from './archive-options.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { CommitGroup } from './commit-group.ts';
import type { EventFiles } from './event-files.ts';
import type { KeptGeneration, Ledger } from './ledger.ts';
import type { InspectFile } from './inspect-file.ts';
import { type LineFile, readLines } from './line-file.ts';
import { openRecord, type OpenedRecord } from './open-record.ts';

/** How far the record of a run is on the disk. */
export interface Recorded {
  /** Committed steps: every one before is in the ledger. */
  readonly steps: number;
  /** Newest step after which an evaluation is on record; 0: none. */
  readonly evaluated: number;
  /** Newest step of which there is a checkpoint; 0: none. */
  readonly saved: number;
}

/**
 * Everything that lasts of a run, behind the verbs with which the run reports. The record is the ledger and metrics.jsonl together:
 * opened again, it goes on where both of them end, behind the newest checkpoint as a rule.
 */
export class Archive {
  readonly ledger: Ledger;
  readonly checkpoints: CheckpointWriter;
  /** What was told of the run, also before it was started again. */
  readonly chronicle: Chronicle;
  readonly #options: ArchiveOptions;
  readonly #metrics: LineFile;
  readonly #log: LineFile;
  readonly #events: EventFiles;
  readonly #inside: InspectFile;
  readonly #group: CommitGroup;
  readonly #now: () => number;
  #history: RunHistory;
  #secondsBefore: number;
  #recorded: Recorded;
  #onRecorded: (recorded: Recorded) => void = () => undefined;
  #jobWritten: Promise<void> = Promise.resolve();

  private constructor(options: ArchiveOptions, opened: OpenedRecord) {
    const { onError, folder, checkpoints, startStep, job, clock = systemClock, now = Date.now } = options;
    const { history, ledger, metrics, log, chronicle, events, inside } = opened;
    this.#options = options;
    this.#now = now;
    this.#history = history;
    this.#secondsBefore = history.trainingSeconds;
    this.ledger = ledger;
    this.chronicle = chronicle;
    this.#metrics = metrics;
    this.#log = log;
    this.#events = events;
    this.#inside = inside;
    this.#group = new CommitGroup(clock, () => this.#commit());
    this.checkpoints = new CheckpointWriter({
      folder: checkpoints,
      monitor: job.monitor,
      savedStep: startStep,
      runDir: folder.dir,
      // With job.yaml, which must not be behind a checkpoint of another rate.
      ledgerSynced: async () => {
        await this.#jobWritten;
        await this.#group.now();
      },
      now: () => clock.now(),
      onWritten: ({ step, file, best, tensors, bytes, seconds }) => {
        if (job.histograms) events.train(step, histogramsOf(tensors));
        this.#tell({ type: 'checkpoint', step, file, best, bytes, seconds });
        this.#advance({ ...this.#recorded, saved: this.checkpoints.savedStep });
      },
      onSkipped: (step) =>
        this.warn(
          `The checkpoint of step ${step} was skipped: a newer one came before it was on the disk. Where that happens often, raise --checkpoint-every.`,
          'checkpointSkipped',
        ),
      onFailed: ({ step, bytes }, error) =>
        this.warn(
          notKept(
            step,
            isFull(error) ? noRoom(folder.dir, bytes.length, lackOf(folder.checkpoints, error)) : error.message,
            this.checkpoints.savedStep,
          ),
          'checkpointFailed',
        ),
      onTrouble: (error) => this.warn(error.message),
      onError,
    });
    this.#recorded = {
      steps: ledger.steps,
      evaluated: history.lastEvaluation?.step ?? 0,
      saved: this.checkpoints.savedStep,
    };
  }

  /**
   * Nothing that is newer than the checkpoint is lost by it, as workers may still hold it: `rewind` takes that back.
   *
   * @throws GradsocketError
   */
  static async open(options: ArchiveOptions): Promise<Archive> {
    let archive: Archive | null = null;
    const record = await openRecord(options, (message) => archive?.warn(message));
    archive = new Archive(options, record);
    for (const sentence of record.mended) archive.warn(sentence);
    return archive;
  }

  /** By step, thinned out evenly; empty where nobody looks. */
  get inspections(): readonly Inspection[] {
    return this.#inside.inspections;
  }

  get history(): RunHistory {
    return this.#history;
  }

  /** What the steps that are on record took when it was opened; 0: a new run. */
  get secondsBefore(): number {
    return this.#secondsBefore;
  }

  /** What of it is on the disk. */
  get recorded(): Recorded {
    return this.#recorded;
  }

  /** `listener` is told when more is on the disk; there is one. */
  onRecorded(listener: (recorded: Recorded) => void): void {
    this.#onRecorded = listener;
  }

  /** What workers that hold nothing begin with now: the newest whole checkpoint, what was given, or (null) initial values. */
  async beginning(): Promise<Beginning | null> {
    const { checkpoints, folder, given = null } = this.#options;
    await this.checkpoints.settled();
    const passed: PassedOver[] = [];
    const unfit = divergedIn(await readLines(folder.metricsFile, folder.disk));
    const found = await checkpoints.newest((other) => passed.push(other), unfit);
    for (const { error } of passed) this.warn(error.message);
    await checkpoints.setAside(passed);
    if (found === null) return given;
    const { step, weightsDigest } = found.checkpoint;
    return { step, weightsDigest, bytes: found.bytes };
  }

  /** Nobody may hear of a generation before this resolves: after a crash, its number is never used for another. */
  async announce(generation: KeptGeneration): Promise<void> {
    await this.ledger.begin(generation).catch((error: unknown) => {
      if (!isWriteFailure(error)) throw error;
      this.warn(`${error.message} The run goes on without it.`);
    });
    await this.#group.now();
  }

  /** Nobody holds more than the first `steps` steps: takes back what is on record of those behind them. */
  async rewind(steps: number): Promise<void> {
    this.checkpoints.rewind(steps);
    this.#recorded = { ...this.#recorded, saved: this.checkpoints.savedStep };
    if (steps >= this.ledger.steps) return;
    const lines = await this.#metrics.cut((line) => belongsToFirst(steps, line));
    await this.ledger.rewind(steps);
    this.#history = new RunHistory(lines);
    this.#secondsBefore = this.#history.trainingSeconds;
    this.#events.rewind(steps);
    await this.#inside.rewind(steps);
    const { saved } = this.#recorded;
    this.#recorded = { steps, evaluated: this.#history.lastEvaluation?.step ?? 0, saved };
  }

  /** Until all that was reported so far is on the disk. Rejects where it cannot be, which `onError` hears, too. */
  sync(): Promise<void> {
    return this.#group.now();
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
    this.#group.add();
  }

  metrics(line: Omit<StepLine, 'time'> | Omit<EvaluationLine, 'time'>): void {
    const timed = { ...line, time: this.#time() };
    this.#metrics.append(timed);
    if (timed.type === 'step') this.#events.train(timed.step, scalarsOf(timed));
    else this.#events.validation(timed.step, scalarsOf(timed));
    this.#history.add(timed);
    this.#group.add();
  }

  inspected(inspection: Inspection): void {
    this.#inside.add(inspection, this.#time());
    this.#events.train(inspection.step, insideOf(inspection));
  }

  checkpoint(step: number, bytes: Uint8Array, agreed: AgreedDigests): void {
    this.checkpoints.add({ step, bytes, agreed, measured: this.#measuredAfter(step) });
  }

  wouldBeBest(step: number): boolean {
    const measured = this.#measuredAfter(step);
    return measured !== null && this.checkpoints.wouldBeBest(measured);
  }

  #measuredAfter(step: number): Measured | null {
    const evaluation = this.#history.evaluationAfter(step);
    return evaluation === null ? null : measuredIn(evaluation);
  }

  /** What is told of the run goes to its log, too, but for steps: metrics.jsonl has those. */
  event(event: RunEvent): void {
    // Thousands of them come with each step.
    if (event.type === 'workerStep') return this.chronicle.watch(event, this.#now());
    this.chronicle.observe(event, this.#time());
    if (event.type !== 'step') this.log({ event });
  }

  log(entry: object): void {
    this.#log.append({ time: this.#time(), ...entry });
  }

  summary(summary: RunSummary): Promise<void> {
    return this.#options.folder.writeSummary(summary);
  }

  /** Tells what somebody should know of it. */
  warn(message: string, about?: Extract<RunEvent, { readonly type: 'warning' }>['about']): void {
    this.#tell({ type: 'warning', message, ...(about === undefined ? {} : { about }) });
  }

  async close(): Promise<void> {
    await this.checkpoints.idle();
    await this.#jobWritten;
    await this.#group.now().catch(() => undefined); // told to `onError`
    this.#group.stop();
    await Promise.all([
      this.ledger.close(),
      this.#metrics.close(),
      this.#log.close(),
      this.#events.close(),
      this.#inside.close(),
    ]);
  }

  /** The metrics first: where the ledger has a step, they should, too. */
  async #commit(): Promise<void> {
    const { steps } = this.ledger;
    const evaluated = this.#history.lastEvaluation?.step ?? 0;
    await this.#metrics.flush(true);
    await this.ledger.sync();
    this.#advance({ steps, evaluated, saved: this.checkpoints.savedStep });
  }

  #advance(recorded: Recorded): void {
    const { steps, evaluated, saved } = this.#recorded;
    if (steps === recorded.steps && evaluated === recorded.evaluated && saved === recorded.saved) return;
    this.#recorded = recorded;
    this.#onRecorded(recorded);
  }

  #tell(event: RunEvent): void {
    this.event(event);
    this.#options.onEvent(event);
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

/** True also of the last one, after which the run ends. */
function notKept(step: number, why: string, savedStep: number): string {
  const newest = savedStep > 0 ? `That of step ${savedStep} is the newest on the disk` : 'None is on the disk so far';
  return `The checkpoint of step ${step} was not kept: ${why} ${newest}; each that follows is tried anew.`;
}

function noRoom(dir: string, bytes: number, lack: Lack): string {
  switch (lack) {
    case 'space':
      return `${dir} has no room for its ${bytesText(bytes)}. Free some.`;
    case 'inodes':
      return `the file system of ${dir} has no inode left (df -i). Remove some files.`;
    case 'quota':
      return `the quota of this user leaves no room for its ${bytesText(bytes)}. Free some.`;
  }
}
