import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DEADLINES } from '../../src/coordinator/membership/deadlines.ts';
import type { RunEvent, RunSummary } from '../../src/coordinator/progress/events.ts';
import type { Member } from '../../src/coordinator/membership/member.ts';
import { type Generation, shownPhase } from '../../src/coordinator/membership/model.ts';
import { Run } from '../../src/coordinator/membership/run.ts';
import { Archive } from '../../src/coordinator/store/archive.ts';
import { completeJob } from '../../src/coordinator/store/job-file.ts';
import { RunFolder } from '../../src/coordinator/store/run-folder.ts';
import { CheckpointFolder } from '../../src/shared/checkpoint/folder.ts';
import { type Job, jobSchema } from '../../src/shared/job/schema.ts';
import type { TrainingPlan } from '../../src/shared/plan/schedule.ts';
import type { DatasetDescription } from '../../src/shared/protocol/shared.ts';
import { FakeClock } from './fake-clock.ts';
import { checkpointAfter, digestAfter, SimulatedWorker, type SimulatedWorkerOptions } from './simulated-worker.ts';
import { until } from './until.ts';

export const DATASET: DatasetDescription = {
  name: 'simulated',
  digest: 'd'.repeat(64),
  classes: ['a', 'b'],
  imageShape: [8, 8, 1],
  encoding: 'raw',
  trainSamples: 40,
  validationSamples: 11,
  mean: [0.5],
  deviation: [0.5],
};

/** 40 samples in batches of 16: three steps an epoch, the last one short. */
export const JOB: Job = jobSchema.parse({ batch: 16, epochs: 2, microbatches: 4, keepCheckpoints: 2 });

export interface HarnessOptions {
  readonly wanted?: number;
  readonly min?: number;
  readonly max?: number;
  readonly job?: Partial<Job>;
  readonly dir?: string;
  readonly resume?: boolean;
  /** A new run begins with given weights. */
  readonly given?: boolean;
  /** Stands for a disk that fails. */
  readonly breakDisk?: (folder: CheckpointFolder) => void;
}

/** A run with a folder of its own, time in the test's hand, and simulated workers. */
export class RunHarness {
  readonly run: Run;
  readonly archive: Archive;
  readonly clock: FakeClock;
  readonly events: RunEvent[];
  readonly dir: string;
  readonly plan: TrainingPlan;
  readonly workers: SimulatedWorker[] = [];
  readonly hub = { opened: [] as Generation[], closed: 0, onLost: (_rank: number, _reason: string): void => undefined };
  stale = 0;
  #keys = 0;

  private constructor(o: {
    archive: Archive;
    options: HarnessOptions;
    clock: FakeClock;
    dir: string;
    plan: TrainingPlan;
    job: ReturnType<typeof completeJob>;
    wanted: number;
    events: RunEvent[];
    resume: { readonly step: number; readonly bytes: Uint8Array } | null;
    earlier: RunSummary | null;
  }) {
    this.archive = o.archive;
    this.clock = o.clock;
    this.dir = o.dir;
    this.plan = o.plan;
    this.events = o.events;
    this.run = new Run({
      job: o.job,
      plan: o.plan,
      dataset: DATASET,
      skipped: 2,
      workers: { wanted: o.wanted, min: o.options.min ?? null, max: o.options.max ?? o.wanted },
      changed: false,
      paused: false,
      workersLiveOn: false,
      key: () => `key-${++this.#keys}`,
      resume: o.resume === null ? null : { ...o.resume, weightsDigest: digestAfter(o.resume.step) },
      url: 'ws://127.0.0.1:1',
      earlier: o.earlier,
      resumeCommand: 'gradsocket launch --resume --run-dir RUN',
      keeper: o.archive,
      hub: {
        open: (generation, onLost) => {
          this.hub.opened.push(generation);
          this.hub.onLost = onLost;
        },
        close: () => {
          this.hub.closed++;
        },
      },
      clock: this.clock,
      deadlines: DEADLINES,
      onEvent: (event) => this.events.push(event),
      onStale: () => {
        this.stale++;
      },
    });
  }

  static async start(options: HarnessOptions = {}): Promise<RunHarness> {
    const wanted = options.wanted ?? 2;
    const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'gradsocket-run-')));
    const job = completeJob({ ...JOB, ...options.job });
    const { batch, microbatches, epochs, steps, evalEvery, checkpointEvery } = job;
    const plan = { samples: 40, batch, microbatches, epochs, maxSteps: steps, evalEvery, checkpointEvery };
    const folder = new RunFolder(dir);
    if (options.resume === true) await folder.open();
    await folder.make();
    await folder.writeJob(job);
    const checkpoints = await CheckpointFolder.open(folder.checkpoints, job.keepCheckpoints, job.monitor);
    const found = options.resume === true ? await checkpoints.newest(() => undefined) : null;
    options.breakDisk?.(checkpoints);
    const given = options.given === true ? { step: 0, bytes: checkpointAfter(0), weightsDigest: digestAfter(0) } : null;
    const events: RunEvent[] = [];
    const clock = new FakeClock();
    let harness: RunHarness | null = null;
    const archive = await Archive.open({
      folder,
      checkpoints,
      job,
      plan,
      dataset: DATASET,
      startStep: found?.checkpoint.step ?? 0,
      given,
      clock,
      onEvent: (event) => events.push(event),
      onError: (error) => harness?.run.fail(error),
    });
    const resume = found === null ? given : { step: found.checkpoint.step, bytes: found.bytes };
    const earlier = options.resume === true ? await folder.readSummary() : null;
    harness = new RunHarness({ archive, clock, options, dir, plan, job, wanted, events, resume, earlier });
    const { run } = harness;
    onTestFinished(async () => {
      // Nothing of a run that goes on is written any more.
      run.fail(new Error('the test is over'));
      await run.over;
      await archive.close();
      // A run that the test left in the middle may still be writing, say, its next generation.
      await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
    });
    harness.run.start();
    return harness;
  }

  join(name: string, options: Partial<SimulatedWorkerOptions> = {}): SimulatedWorker {
    const worker = new SimulatedWorker({
      plan: this.plan,
      validationSamples: DATASET.validationSamples,
      ...options,
      name,
    });
    this.workers.push(worker);
    this.run.admit(worker.pair.coordinator);
    worker.hello();
    return worker;
  }

  /** All wanted workers join and begin. */
  async train(...names: readonly string[]): Promise<readonly SimulatedWorker[]> {
    const workers = names.map((name) => this.join(name));
    await until(() => workers.every(({ training }) => training), 'begin');
    return workers;
  }

  /** Every worker commits `steps` steps, each a second long. */
  async commit(steps: number, workers: readonly SimulatedWorker[] = this.workers): Promise<void> {
    for (let n = 0; n < steps; n++) {
      this.clock.advance(100);
      for (const worker of workers) worker.commit();
      await until(() => this.run.progress.complete >= workers[0]!.committed, 'the step');
    }
  }

  get phase(): string {
    return shownPhase(this.run.model);
  }

  get members(): readonly Member[] {
    return this.run.model.members;
  }

  /** The worker goes on over another connection, as after one that broke. */
  rejoin(worker: SimulatedWorker): void {
    worker.reconnect();
    this.run.admit(worker.pair.coordinator);
    worker.hello();
  }

  /** These workers train in the generation of this number. */
  async trains(generation: number, ...workers: readonly SimulatedWorker[]): Promise<void> {
    await until(
      () => workers.every((worker) => worker.training && worker.generation === generation),
      `generation ${generation}`,
    );
  }

  of<T extends RunEvent['type']>(type: T): readonly Extract<RunEvent, { readonly type: T }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { readonly type: T }> => event.type === type);
  }
}
