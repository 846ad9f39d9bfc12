import { diverged } from '../../shared/checkpoint/finite.ts';
import { stepsPerEpoch, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { Inspection } from '../../shared/protocol/inspection.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { Dispute } from './dispute.ts';
import type { EvaluationSums } from './evaluation.ts';
import { type EarlyStop, earlyStop, type Watch } from './early-stop.ts';
import { Evaluations } from './evaluations.ts';
import type { RunEvent } from './events.ts';
import type { EvaluationLine, RunHistory, StepLine } from './history.ts';
import { OwnSums } from './own-sums.ts';
import { type CheckpointKeeper, SavePoints } from './save-points.ts';
import { type CommittedStep, StepCollector } from './step-collector.ts';
import { Speeds } from './speeds.ts';
import { StepPace } from './step-pace.ts';
import { Throughput } from './throughput.ts';
import { TrainingTime } from './training-time.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/** Which microbatches each worker computes, by its name. */
type Dealt = Readonly<Record<string, readonly [number, number]>>;

/** Where what a run reports is kept. */
interface ReportKeeper extends CheckpointKeeper {
  /** Another object after a run was rewound. */
  readonly history: RunHistory;
  readonly checkpoints: {
    rate(step: number, measured: { readonly validationAccuracy: number; readonly validationLoss: number }): void;
    disown(step: number): void;
  };
  step(generation: number, step: CommittedStep, microbatches: Dealt): void;
  metrics(line: Omit<StepLine, 'time'> | Omit<EvaluationLine, 'time'>): void;
  inspected(inspection: Inspection): void;
}

/** Those who report. */
export interface Reporters {
  /** Of the generation. */
  readonly number: number;
  /** Ids, by rank. */
  readonly workers: readonly string[];
  readonly microbatches: Dealt;
}

export interface ProgressOptions {
  readonly plan: TrainingPlan;
  readonly validationSamples: number;
  readonly watch: Watch;
  readonly keeper: ReportKeeper;
  /** On record when the run begins. */
  readonly steps: number;
  /** Newest step whose checkpoint is on the disk. */
  readonly savedStep: number;
  /** What people call the worker of this id. */
  readonly nameOf: (worker: string) => string;
  readonly now: () => number;
  readonly onEvent: (event: RunEvent) => void;
  /** What a step took before, where workers may be at the next one already; null where not given. */
  readonly recordedStepMs?: number | null;
  /** Bytes that a checkpoint can have at most; as the protocol allows where not given. */
  readonly mostStateBytes?: number;
}

const NOBODY: Reporters = { number: 0, workers: [], microbatches: {} };

/**
 * How far a run has come: puts together what its workers report, from generation to generation, and says where all that is written.
 * Throws a ProtocolError for what one worker did wrong, any other GradsocketError where the run as a whole cannot go on; only where
 * workers differ it is a `dispute` first.
 */
export class Progress {
  readonly throughput: Throughput;
  readonly steps: StepCollector;
  readonly savePoints: SavePoints;
  readonly observed = new Speeds();
  readonly #evaluations: Evaluations;
  readonly #options: ProgressOptions;
  #reporters = NOBODY;
  readonly #own = new OwnSums();
  /** Seconds that a step which is not complete took the worker that was through with it soonest: others had waited for it, or did something else. */
  readonly #took = new Map<number, number>();
  readonly #time: TrainingTime;
  #lastHeard: number;
  #lastPart: number;
  #recentStepMs: number | null = null;
  readonly #stepPace: StepPace;
  #early: EarlyStop | null;
  #dispute: Dispute | null = null;

  constructor(options: ProgressOptions) {
    const { plan, validationSamples, keeper, steps, savedStep, nameOf, now, mostStateBytes: mostBytes } = options;
    this.#options = options;
    this.#time = new TrainingTime(now);
    this.#lastHeard = now();
    this.#early = this.#stop();
    this.#lastPart = this.#early === null ? Number.NEGATIVE_INFINITY : this.#lastHeard;
    this.#stepPace = new StepPace(options.recordedStepMs ?? null);
    this.throughput = new Throughput(now());
    this.steps = new StepCollector(plan, steps, [], nameOf);
    this.#evaluations = new Evaluations({
      plan,
      validationSamples,
      nameOf,
      isRecorded: (step) => keeper.history.evaluationAfter(step) !== null,
    });
    const evaluations = this.#evaluations;
    this.savePoints = new SavePoints({
      plan,
      firstStep: savedStep,
      evaluations,
      keeper,
      isLast: (step) => step === this.#early?.step,
      nameOf,
      ...(mostBytes === undefined ? {} : { mostBytes }),
    });
  }

  /** From here on these report. They hold the complete steps. */
  open(reporters: Reporters): void {
    this.#reporters = reporters;
    this.#own.clear();
    this.#took.clear();
    const { workers, microbatches } = reporters;
    const held = heldBy(workers, microbatches, this.#options.nameOf);
    this.observed.open(held);
    this.#stepPace.open(held);
    this.steps.begin(workers);
    this.#evaluations.begin(workers);
    this.savePoints.begin(workers, this.complete);
  }

  /** Only `steps` are committed, as in the checkpoint that all begin with. */
  reset(steps: number): void {
    this.steps.reset(steps);
    this.savePoints.reset(steps);
    this.#early = this.#stop();
  }

  resume(): void {
    this.#time.resume();
    this.#heard();
    this.throughput.resume(this.#lastHeard);
  }

  pause(): void {
    this.#time.pause();
  }

  /** For which the run has trained. */
  get seconds(): number {
    return this.#time.seconds;
  }

  get complete(): number {
    return this.steps.complete;
  }

  get newest(): number {
    return this.steps.newest;
  }

  get behind(): readonly string[] {
    return this.steps.behind;
  }

  get handedOver(): number {
    return this.savePoints.handedOver;
  }

  /** Where and why the run ends before its plan does; null: it does not, so far. */
  get early(): EarlyStop | null {
    return this.#early;
  }

  /** When anybody last reported anything. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** When a part of a checkpoint last came, or that of an early end began to be waited for. */
  get lastPart(): number {
    return this.#lastPart;
  }

  /** Replicas are not equal; null: they are, as far as is known. */
  get dispute(): Dispute | null {
    return this.#dispute;
  }

  get recentStepMs(): number | null {
    return this.#recentStepMs;
  }

  get pace() {
    return {
      slowestStepMs: this.#stepPace.slowestMs,
      untried: this.#stepPace.untried,
      imagesPerSecond: this.throughput.overall,
      evaluating: this.#evaluations.lacks(this.complete) ? this.#options.validationSamples : 0,
    };
  }

  /** What is due after `step` and was lost, or left out: whoever holds that state can give it. */
  owed(step: number): { readonly evaluate: boolean; readonly checkpoint: boolean } {
    return { evaluate: this.#evaluations.lacks(step), checkpoint: this.savePoints.lacks(step) };
  }

  lostEvaluation(step: number): number | null {
    if (this.#options.watch.patience === null || this.#early !== null) return null;
    for (let lost = this.savePoints.handedOver; lost < step; lost++) if (this.#evaluations.lacks(lost)) return lost;
    return null;
  }

  missing(step: number): string | null {
    const { complete, behind } = this.steps;
    if (complete !== step) return `reports of step ${complete} from ${behind.join(', ')}`;
    const evaluation = this.#evaluations.missing(step);
    if (evaluation !== null) return evaluation;
    return this.savePoints.handedOver >= step ? null : `the checkpoint after step ${step}`;
  }

  /** After a halt: so many steps are the run's, although not all have reported them; but none after its last one. */
  adopt(steps: number): void {
    for (const step of this.steps.adopt(Math.min(steps, this.#early?.step ?? steps))) this.#committed(step);
  }

  step(worker: string, message: Message<'step'>): void {
    this.#heard();
    const { nameOf, onEvent } = this.#options;
    if (this.#isAfterEnd(message.step + 1)) return;
    if (message.step < this.steps.committedBy(worker)) return;
    const { times, bytesSent, bytesReceived, ownLossSum, vitals } = message;
    const name = nameOf(worker);
    this.observed.report(worker, times);
    onEvent({
      type: 'workerStep',
      worker: name,
      times,
      bytesSent,
      bytesReceived,
      ...(vitals === undefined ? {} : { vitals }),
    });
    if (ownLossSum !== undefined) this.#own.add(message.step, { name, lossSum: ownLossSum });
    const { lossSum, correct, samples, learningRate, gradientNorm } = message;
    const committed = this.steps.report(worker, message.step, {
      lossSum,
      correct,
      samples,
      learningRate,
      gradientNorm,
    });
    this.#took.set(message.step, Math.min(times.total, this.#took.get(message.step) ?? Number.POSITIVE_INFINITY));
    this.#noticeDispute();
    if (committed !== null) this.#committed(committed);
  }

  evaluated(worker: string, { step, chunks }: Message<'evaluated'>): void {
    this.#heard();
    if (this.#isAfterEnd(step)) return;
    // Of weights that may be wrong.
    if (this.#dispute !== null) return;
    const sums = this.#evaluations.add(worker, step, chunks);
    if (sums === null) return;
    this.#evaluation(step, sums);
    if (!Number.isFinite(sums.lossSum)) throw diverged(`The validation loss after step ${step} is ${sums.lossSum}`);
    this.savePoints.saveIfComplete(step);
  }

  /** Steps that are taken back, or not on record yet, are: a look is worth little, and is not waited for. */
  inspected(inspection: Inspection): void {
    this.#heard();
    this.#options.keeper.inspected(inspection);
  }

  weights(worker: string, message: Message<'weights'>): void {
    if (this.#isAfterEnd(message.step)) return this.#heard();
    // What it tells of it has committed, and who commits says so first; others are a step ahead at most.
    if (message.step > this.newest + 1) {
      const name = this.#options.nameOf(worker);
      throw new ProtocolError('malformed', `${name} told of step ${message.step}, and the newest is ${this.newest}.`);
    }
    this.#heard();
    this.savePoints.weights(worker, message);
    this.#noticeDispute();
  }

  state(worker: string, message: Message<'state'>): void {
    this.#heard();
    if (this.#isAfterEnd(message.step)) return;
    this.#lastPart = this.#lastHeard;
    this.savePoints.state(worker, message);
  }

  forget(worker: string): void {
    this.savePoints.forget(worker);
  }

  /** What was different first is what counts. What is told of it later on is told of the same. */
  #noticeDispute(): void {
    const differ = this.steps.difference ?? this.savePoints.difference;
    if (this.#dispute === null && differ !== null) this.#dispute = { since: this.#options.now(), ...differ };
  }

  /** A worker goes on until it hears of the end, and what it computes then is no part of the run, whatever it tells of it. */
  #isAfterEnd(steps: number): boolean {
    return this.#early !== null && steps > this.#early.step;
  }

  #heard(): void {
    this.#lastHeard = this.#options.now();
  }

  #committed(committed: CommittedStep): void {
    const { plan, keeper, now, onEvent } = this.#options;
    const { step, position, lossSum, correct, samples, learningRate, gradientNorm } = committed;
    keeper.step(this.#reporters.number, committed, this.#reporters.microbatches);
    const { ms, unseenMs } = this.throughput.step(now(), samples, 1000 * (this.#took.get(step) ?? 0));
    this.#took.delete(step);
    this.#time.add(unseenMs);
    this.observed.step(now());
    this.#recentStepMs = ms;
    this.#stepPace.step(ms);
    const shown = {
      type: 'step',
      step: step + 1,
      epoch: position.epoch,
      loss: lossSum / samples,
      accuracy: correct / samples,
      samples,
      learningRate,
      gradientNorm,
      imagesPerSecond: this.throughput.imagesPerSecond,
      seconds: ms / 1000,
    } as const;
    keeper.metrics(shown);
    onEvent({ ...shown, steps: totalSteps(plan), epochs: epochsOf(plan) });
    if (this.#dispute === null) this.#own.requireFinite(committed);
  }

  /** At the end of the plan it is no early one. */
  #stop(): EarlyStop | null {
    const { keeper, watch, plan } = this.#options;
    const stop = earlyStop(keeper.history.evaluations, watch);
    return stop === null || stop.step >= totalSteps(plan) ? null : stop;
  }

  #evaluation(step: number, { lossSum, correct, samples, answers, labels, shown: seen }: EvaluationSums): void {
    const { plan, keeper, now, onEvent } = this.#options;
    const epoch = Math.ceil(step / stepsPerEpoch(plan)) - 1;
    const shown = {
      type: 'evaluation',
      step,
      epoch,
      loss: lossSum / samples,
      accuracy: correct / samples,
      samples,
    } as const;
    const counted = answers === null || labels === null ? {} : { answers: [...answers], labels: [...labels] };
    keeper.metrics({ ...shown, ...counted, ...(seen.length === 0 ? {} : { shown: seen }) });
    onEvent(shown);
    this.#early = this.#stop();
    if (this.#early !== null) this.#lastPart = this.#lastHeard;
    // Of an evaluation that was lost, and is made up for: its checkpoint was written without it.
    if (step <= this.savePoints.handedOver) {
      if (Number.isFinite(shown.loss)) {
        keeper.checkpoints.rate(step, { validationAccuracy: shown.accuracy, validationLoss: shown.loss });
      } else keeper.checkpoints.disown(step);
    }
    // The time that it took is none of the next step's.
    this.throughput.resume(now());
  }
}

/** How many microbatches each worker computes, by its id. */
function heldBy(workers: readonly string[], dealt: Dealt, nameOf: (id: string) => string): ReadonlyMap<string, number> {
  return new Map(
    workers.map((id) => {
      const name = nameOf(id);
      const [start, end] = (Object.hasOwn(dealt, name) ? dealt[name] : undefined) ?? [0, 0];
      return [id, end - start];
    }),
  );
}

/** That the plan touches. */
function epochsOf(plan: TrainingPlan): number {
  return Math.ceil(totalSteps(plan) / stepsPerEpoch(plan));
}
