import { DEADLINES, type Deadlines } from '../../src/coordinator/membership/deadlines.ts';
import { shownState } from '../../src/coordinator/membership/member.ts';
import { type Generation, shownPhase } from '../../src/coordinator/membership/model.ts';
import { Run } from '../../src/coordinator/membership/run.ts';
import type { RunEvent } from '../../src/coordinator/progress/events.ts';
import { completeJob } from '../../src/coordinator/store/job-file.ts';
import type { Job } from '../../src/shared/job/schema.ts';
import { totalSteps, type TrainingPlan } from '../../src/shared/plan/schedule.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { DATASET, JOB } from './run-harness.ts';
import { SimulatedWorker, type SimulatedWorkerOptions } from './simulated-worker.ts';
import { settled, until } from './until.ts';

export interface RecoveryOptions {
  readonly wanted?: number;
  readonly min?: number;
  readonly max?: number;
  readonly job?: Partial<Job>;
  /** What another run left. */
  readonly keeper?: MemoryKeeper;
  readonly clock?: FakeClock;
  readonly changed?: boolean;
  /** Left in a pause. */
  readonly paused?: boolean;
  readonly workersLiveOn?: boolean;
  readonly deadlines?: Partial<Deadlines>;
}

/** A run of simulated workers that come, go, and come back, over a record in memory. */
export class RecoveryHarness {
  readonly run: Run;
  readonly keeper: MemoryKeeper;
  readonly clock: FakeClock;
  readonly events: RunEvent[] = [];
  readonly plan: TrainingPlan;
  readonly hub = { opened: [] as Generation[], onLost: (_rank: number, _reason: string): void => undefined };
  stale = 0;
  #keys = 0;

  private constructor(options: RecoveryOptions, resume: Awaited<ReturnType<MemoryKeeper['beginning']>>) {
    const {
      wanted = 2,
      min,
      max = wanted,
      clock = new FakeClock(),
      keeper = new MemoryKeeper(),
      changed = false,
    } = options;
    // 40 samples in batches of 16: three steps an epoch.
    const job = completeJob({ ...JOB, epochs: 10, ...options.job });
    const { batch, microbatches, epochs, steps, evalEvery, checkpointEvery } = job;
    this.plan = { samples: 40, batch, microbatches, epochs, maxSteps: steps, evalEvery, checkpointEvery };
    this.clock = clock;
    this.keeper = keeper;
    this.run = new Run({
      job,
      plan: this.plan,
      dataset: DATASET,
      skipped: 0,
      workers: { wanted, min: min ?? null, max },
      resume,
      changed,
      paused: options.paused ?? false,
      workersLiveOn: options.workersLiveOn ?? true,
      earlier: keeper.kept,
      url: 'ws://127.0.0.1:1',
      resumeCommand: 'gradsocket launch --resume --run-dir RUN',
      keeper,
      hub: {
        open: (generation, onLost) => {
          this.hub.opened.push(generation);
          this.hub.onLost = onLost;
        },
        close: () => undefined,
      },
      clock,
      key: () => `key-${++this.#keys}`,
      deadlines: { ...DEADLINES, ...options.deadlines },
      onEvent: (event) => this.events.push(event),
      onStale: () => {
        this.stale++;
      },
    });
  }

  static async start(options: RecoveryOptions = {}): Promise<RecoveryHarness> {
    const harness = new RecoveryHarness(options, (await options.keeper?.beginning()) ?? null);
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
    this.run.admit(worker.pair.coordinator);
    worker.hello();
    return worker;
  }

  async train(...names: readonly string[]): Promise<SimulatedWorker[]> {
    const workers = names.map((name) => this.join(name));
    await this.trains(1, ...workers);
    return workers;
  }

  /** These workers train in the generation of this number. */
  async trains(generation: number, ...workers: readonly SimulatedWorker[]): Promise<void> {
    await until(
      () => workers.every((worker) => worker.training && worker.generation === generation),
      `generation ${generation}, in ${this.phase}: ${JSON.stringify(this.states)}`,
    );
    await until(() => this.trainsNow, 'training');
  }

  /** These commit `steps` steps together. Who has been asked to stop does so after the first. */
  async commit(steps: number, ...workers: readonly SimulatedWorker[]): Promise<void> {
    for (let n = 0; n < steps; n++) {
      this.clock.advance(100);
      for (const worker of workers) if (worker.training) worker.commit();
      await settled();
    }
  }

  /** As SIGKILL does: its connections break, those of the all-reduce among them. */
  kill(victim: SimulatedWorker, ...peers: readonly SimulatedWorker[]): void {
    victim.training = false;
    victim.pair.cut();
    for (const peer of peers) peer.strand(victim.rank);
  }

  /** The worker comes back on another connection, with what it holds. */
  comeBack(worker: SimulatedWorker): void {
    worker.reconnect();
    this.run.admit(worker.pair.coordinator);
    worker.hello();
  }

  /** All that is left, committed by these. */
  async finish(...workers: readonly SimulatedWorker[]): Promise<Awaited<Run['over']>> {
    while (workers.some(({ committed, training }) => training && committed < totalSteps(this.plan))) {
      await this.commit(1, ...workers);
    }
    return this.run.over;
  }

  get phase(): string {
    return shownPhase(this.run.model);
  }

  /** Some train, although a boundary may be asked for already. */
  get trainsNow(): boolean {
    return this.phase === 'training' || this.phase === 'draining';
  }

  /** By name. */
  get states(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.run.model.members.map((member) => [member.name, shownState(member)]));
  }

  of<T extends RunEvent['type']>(type: T): readonly Extract<RunEvent, { readonly type: T }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { readonly type: T }> => event.type === type);
  }

  /** Every step is on record once, in order. */
  get ledger(): readonly number[] {
    return this.keeper.steps.map(({ step }) => step.step);
  }
}
