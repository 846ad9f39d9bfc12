import { stepsPerEpoch, totalSteps } from '../../shared/plan/schedule.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { EvaluationSums } from '../progress/evaluation.ts';
import type { CommittedStep } from '../progress/step-collector.ts';
import { Throughput } from '../progress/throughput.ts';
import { TrainingProgress } from '../progress/training-progress.ts';
import { dealtByName, type Generation } from './generation.ts';
import type { Pace } from './patience.ts';
import type { RunOptions } from './run-options.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

type TrainingOptions = Pick<RunOptions, 'plan' | 'dataset' | 'archive' | 'clock' | 'onEvent'>;

/** One generation at work: what its members report, when it was last heard of, and where all that is written. */
export class Training {
  readonly generation: Generation;
  readonly throughput: Throughput;
  readonly #options: TrainingOptions;
  readonly #progress: TrainingProgress;
  readonly #microbatches: Readonly<Record<string, readonly [number, number]>>;
  #began: number;
  #lastHeard: number;
  #lastPart = Number.NEGATIVE_INFINITY;
  #recentStepMs: number | null = null;
  #slowestStepMs: number | null = null;
  #timed = 0;
  #handedOver: number;

  constructor(generation: Generation, options: TrainingOptions) {
    const { plan, dataset, clock } = options;
    this.generation = generation;
    this.#options = options;
    this.#microbatches = dealtByName(generation);
    this.#began = clock.now();
    this.#lastHeard = this.#began;
    this.#handedOver = generation.firstStep;
    this.throughput = new Throughput(this.#began);
    this.#progress = new TrainingProgress({
      plan,
      validationSamples: dataset.validationSamples,
      firstStep: generation.firstStep,
      workers: generation.members.map(({ name }) => name),
      onStep: (step) => this.#committed(step),
      onEvaluation: (step, sums) => this.#evaluation(step, sums),
      onCheckpoint: (step, bytes, agreed) => {
        this.#handedOver = Math.max(this.#handedOver, step);
        options.archive.checkpoint(step, bytes, agreed);
      },
      onCandidate: (step, bytes, agreed) => {
        const kept = options.archive.candidate(step, bytes, agreed);
        if (kept) this.#handedOver = Math.max(this.#handedOver, step);
        return kept;
      },
    });
  }

  begin(): void {
    const now = this.#options.clock.now();
    this.#began = now;
    this.#lastHeard = now;
    this.throughput.resume(now);
  }

  get complete(): number {
    return this.#progress.complete;
  }

  committedBy(worker: string): number {
    return this.#progress.committedBy(worker);
  }

  get behind(): readonly string[] {
    return this.#progress.behind;
  }

  /** Since `begin`. */
  get seconds(): number {
    return (this.#options.clock.now() - this.#began) / 1000;
  }

  /** When anybody last reported anything. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** When a part of a checkpoint last came. */
  get lastPart(): number {
    return this.#lastPart;
  }

  get recentStepMs(): number | null {
    return this.#recentStepMs;
  }

  get pace(): Pace {
    return {
      slowestStepMs: this.#slowestStepMs,
      imagesPerSecond: this.throughput.overall,
      evaluating: this.#progress.evaluating,
    };
  }

  /** The newest step whose checkpoint is on the disk, or on its way there. */
  get handedOver(): number {
    return this.#handedOver;
  }

  digestOf(step: number): string | null {
    return this.#progress.digestOf(step);
  }

  missing(step: number, stopped: boolean): string | null {
    return this.#progress.missing(step, stopped);
  }

  settle(): void {
    this.#progress.settle();
  }

  followOnly(worker: string): void {
    this.#progress.followOnly(worker);
  }

  step(worker: string, message: Message<'step'>): void {
    this.#heard();
    const { times, bytesSent, bytesReceived } = message;
    this.#options.onEvent({ type: 'workerStep', worker, times, bytesSent, bytesReceived });
    this.#progress.step(worker, message);
  }

  evaluated(worker: string, message: Message<'evaluated'>): void {
    this.#heard();
    this.#progress.evaluated(worker, message);
  }

  weights(worker: string, message: Message<'weights'>): void {
    this.#heard();
    this.#progress.weights(worker, message);
  }

  state(worker: string, message: Message<'state'>): void {
    this.#heard();
    this.#lastPart = this.#lastHeard;
    this.#progress.state(worker, message);
  }

  #heard(): void {
    this.#lastHeard = this.#options.clock.now();
  }

  #committed(committed: CommittedStep): void {
    const { plan, archive, clock, onEvent } = this.#options;
    const { step, position, lossSum, correct, samples, learningRate, gradientNorm } = committed;
    archive.step(this.generation.number, committed, this.#microbatches);
    const ms = this.throughput.step(clock.now(), samples);
    this.#recentStepMs = ms;
    // The first one also pays for compiling: it counts until there is another.
    this.#slowestStepMs = ++this.#timed === 2 ? ms : Math.max(this.#slowestStepMs ?? 0, ms);
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
    } as const;
    archive.metrics({ ...shown, seconds: ms / 1000 });
    onEvent({ ...shown, steps: totalSteps(plan), epochs: epochsOf(plan) });
  }

  #evaluation(step: number, { lossSum, correct, samples }: EvaluationSums): void {
    const { plan, archive, clock, onEvent } = this.#options;
    const epoch = Math.ceil(step / stepsPerEpoch(plan)) - 1;
    const shown = {
      type: 'evaluation',
      step,
      epoch,
      loss: lossSum / samples,
      accuracy: correct / samples,
      samples,
    } as const;
    archive.metrics(shown);
    onEvent(shown);
    // Of an evaluation that was lost, and is made up for: its checkpoint was written without it.
    if (step === this.generation.firstStep) {
      if (Number.isFinite(shown.loss))
        archive.checkpoints.rate(step, { validationAccuracy: shown.accuracy, validationLoss: shown.loss });
      else archive.checkpoints.disown(step);
    }
    // The time that it took is none of the next step's.
    this.throughput.resume(clock.now());
  }
}

/** That the plan touches. */
function epochsOf(plan: Parameters<typeof totalSteps>[0]): number {
  return Math.ceil(totalSteps(plan) / stepsPerEpoch(plan));
}
