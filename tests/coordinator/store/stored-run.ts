import { Archive, type Recorded } from '../../../src/coordinator/store/archive.ts';
import { completeJob } from '../../../src/coordinator/store/job-file.ts';
import { RunFolder } from '../../../src/coordinator/store/run-folder.ts';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';
import { CheckpointFolder } from '../../../src/shared/checkpoint/folder.ts';
import type { Disk } from '../../../src/shared/disk.ts';
import { dueAfter, positionOf, totalSteps, type TrainingPlan } from '../../../src/shared/plan/schedule.ts';
import { FakeClock } from '../fake-clock.ts';
import { DATASET, JOB } from '../run-harness.ts';
import { checkpointAfter, digestAfter } from '../simulated-worker.ts';

/** 40 samples in batches of 16: nine steps, an evaluation after each third, a checkpoint after each second. */
export const PLAN: TrainingPlan = {
  samples: 40,
  batch: 16,
  microbatches: 4,
  epochs: 3,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: 2,
};

const job = completeJob({ ...JOB, keepCheckpoints: 2 });

/** What anybody was told that is kept, by all the processes that led a run one after the other. */
export interface Told {
  recorded: Recorded;
  /** Numbers of all that were announced. */
  readonly generations: number[];
}

export const nothingTold = (): Told => ({ recorded: { steps: 0, evaluated: 0, saved: 0 }, generations: [] });

/** A run whose workers never fail, as its coordinator keeps it on a disk. */
export class StoredRun {
  readonly archive: Archive;
  readonly clock: FakeClock;
  readonly events: readonly RunEvent[];
  readonly errors: readonly unknown[];
  /** Steps of damaged checkpoints. */
  readonly damaged: readonly number[];
  readonly #told: Told;

  private constructor(
    archive: Archive,
    clock: FakeClock,
    told: Told,
    seen: Pick<StoredRun, 'events' | 'errors' | 'damaged'>,
  ) {
    this.archive = archive;
    this.clock = clock;
    this.#told = told;
    this.events = seen.events;
    this.errors = seen.errors;
    this.damaged = seen.damaged;
    told.recorded = archive.recorded;
    archive.onRecorded((recorded) => {
      told.recorded = recorded;
    });
  }

  static async open(disk: Disk, told: Told): Promise<StoredRun> {
    const clock = new FakeClock();
    return passing(clock, StoredRun.#open(disk, told, clock));
  }

  static async #open(disk: Disk, told: Told, clock: FakeClock): Promise<StoredRun> {
    const folder = new RunFolder('/runs/a', disk);
    await folder.make();
    const checkpoints = await CheckpointFolder.open(folder.checkpoints, job.keepCheckpoints, job.monitor, disk);
    const damaged: number[] = [];
    const found = await checkpoints.newest(({ step }) => damaged.push(step));
    const events: RunEvent[] = [];
    const errors: unknown[] = [];
    const archive = await Archive.open({
      folder,
      checkpoints,
      job,
      plan: PLAN,
      dataset: DATASET,
      startStep: found?.checkpoint.step ?? 0,
      clock,
      now: () => 1_700_000_000_000,
      id: 'a run',
      onEvent: (event) => events.push(event),
      onError: (error) => errors.push(error),
    });
    return new StoredRun(archive, clock, told, { events, errors, damaged });
  }

  async announce(): Promise<void> {
    const { ledger } = this.archive;
    const number = ledger.lastGeneration + 1;
    await passing(
      this.clock,
      this.archive.announce({
        number,
        key: `key ${number}`,
        firstStep: ledger.steps,
        topology: 'mesh',
        members: [{ workerId: 'w1', name: 'a', address: null }],
        microbatches: [{ start: 0, end: 4 }],
      }),
    );
    this.#told.generations.push(number);
  }

  /** Reports steps until there are so many, or something ends the run. */
  async train(until = totalSteps(PLAN)): Promise<void> {
    const { archive, clock } = this;
    const generation = archive.ledger.lastGeneration;
    // Its workers tell again what is not on record.
    if (archive.ledger.steps > 0) this.#tellOf(archive.ledger.steps);
    for (let step = archive.ledger.steps; step < until && this.errors.length === 0; step++) {
      const position = positionOf(PLAN, step);
      const { start, end } = position;
      const samples = end - start;
      const sums = { lossSum: samples, correct: step, samples, learningRate: 0.1, gradientNorm: 1 };
      archive.step(generation, { step, position, ...sums }, { a: [0, 4] });
      archive.metrics({
        type: 'step',
        step: step + 1,
        ...shownAfter(step + 1),
        learningRate: 0.1,
        gradientNorm: 1,
        imagesPerSecond: 1,
        seconds: 1,
      });
      this.#tellOf(step + 1);
      await turns(step % 4);
      clock.advance(300);
    }
  }

  /** The evaluation and the checkpoint after `steps` steps. */
  #tellOf(steps: number): void {
    const { archive } = this;
    const due = dueAfter(PLAN, steps);
    const isNew = archive.history.evaluationAfter(steps) === null;
    if (due.evaluate && isNew) archive.metrics({ type: 'evaluation', step: steps, ...shownAfter(steps) });
    const agreed = { weights: digestAfter(steps), state: null };
    if (due.checkpoint) archive.checkpoint(steps, checkpointAfter(steps), agreed);
    else if (due.evaluate && archive.wouldBeBest(steps)) archive.checkpoint(steps, checkpointAfter(steps), agreed);
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await turns(4);
      this.clock.advance(100);
    }
    await turns(20);
  }

  async end(): Promise<void> {
    await passing(this.clock, this.archive.checkpoints.idle());
    await passing(this.clock, this.archive.close());
  }
}

function shownAfter(steps: number) {
  const { epoch, start, end } = positionOf(PLAN, steps - 1);
  return { epoch, samples: end - start, loss: 1, accuracy: 0.1 * steps };
}

/** Lets time pass until it has happened. */
async function passing<T>(clock: FakeClock, happening: Promise<T>): Promise<T> {
  const seen = { settled: false };
  const done = happening.finally(() => {
    seen.settled = true;
  });
  done.catch(() => undefined); // thrown below
  for (let n = 0; n < 2_000 && !seen.settled; n++) {
    await turns(4);
    clock.advance(100);
  }
  if (!seen.settled) throw new Error('it never happened');
  return done;
}

/** Whatever of a disk in memory is under way goes on a bit. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < 5 * count; n++) await Promise.resolve();
}
