import { diverged } from '../../shared/checkpoint/finite.ts';
import { stepsPerEpoch, totalSteps } from '../../shared/plan/schedule.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { EvaluationSums } from '../progress/evaluation.ts';
import { Evaluations } from '../progress/evaluations.ts';
import { SavePoints } from '../progress/save-points.ts';
import { type CommittedStep, StepCollector } from '../progress/step-collector.ts';
import { Throughput } from '../progress/throughput.ts';
import { dealtByName, type Generation } from './generation.ts';
import type { Pace } from './patience.ts';
import type { RunOptions } from './run-options.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

type TrainingOptions = Pick<RunOptions, 'plan' | 'dataset' | 'archive' | 'clock' | 'onEvent'>;

/**
 * One generation at work: puts together what its members report, knows when it was last heard of, and says where all that is
 * written. Throws a ProtocolError for what one worker did wrong, any other GradsocketError where the run as a whole cannot go on.
 */
export class Training {
  readonly generation: Generation;
  readonly throughput: Throughput;
  readonly steps: StepCollector;
  readonly savePoints: SavePoints;
  readonly #evaluations: Evaluations;
  readonly #options: TrainingOptions;
  readonly #microbatches: Readonly<Record<string, readonly [number, number]>>;
  #began: number;
  #lastHeard: number;
  #lastPart = Number.NEGATIVE_INFINITY;
  #recentStepMs: number | null = null;
  #slowestStepMs: number | null = null;
  #timed = 0;

  constructor(generation: Generation, options: TrainingOptions) {
    const { plan, dataset, clock, archive } = options;
    const { firstStep } = generation;
    const workers = generation.members.map(({ name }) => name);
    this.generation = generation;
    this.#options = options;
    this.#microbatches = dealtByName(generation);
    this.#began = clock.now();
    this.#lastHeard = this.#began;
    this.throughput = new Throughput(this.#began);
    this.steps = new StepCollector(plan, firstStep, workers);
    const evaluations = new Evaluations({ plan, validationSamples: dataset.validationSamples, workers });
    this.#evaluations = evaluations;
    this.savePoints = new SavePoints({ plan, firstStep, workers: workers.length, evaluations, keeper: archive });
  }

  begin(): void {
    const now = this.#options.clock.now();
    this.#began = now;
    this.#lastHeard = now;
    this.throughput.resume(now);
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
    const { complete } = this.steps;
    const evaluates = complete > this.generation.firstStep && this.#evaluations.lacks(complete);
    return {
      slowestStepMs: this.#slowestStepMs,
      imagesPerSecond: this.throughput.overall,
      evaluating: evaluates ? this.#options.dataset.validationSamples : 0,
    };
  }

  /** What is due after the last step, `step`, and nobody sent; null: nothing is missing. */
  missing(step: number, stopped: boolean): string | null {
    const { complete, behind } = this.steps;
    if (complete !== step) return `reports of step ${complete} from ${behind.join(', ')}`;
    const evaluation = stopped ? null : this.#evaluations.missing(step);
    if (evaluation !== null) return evaluation;
    // The checkpoint that the run went on from is on the disk.
    if (step === this.generation.firstStep || this.savePoints.isSaved(step)) return null;
    return `the checkpoint after step ${step}`;
  }

  /** After a halt: the run's steps are those of `worker`, and what it sends is saved without anybody else's word. */
  followOnly(worker: string): void {
    for (const step of this.steps.adopt(worker)) this.#committed(step);
    this.savePoints.waitForNobody();
  }

  step(worker: string, message: Message<'step'>): void {
    this.#heard();
    const { times, bytesSent, bytesReceived } = message;
    this.#options.onEvent({ type: 'workerStep', worker, times, bytesSent, bytesReceived });
    const { lossSum, correct, samples, learningRate, gradientNorm } = message;
    const sums = { lossSum, correct, samples, learningRate, gradientNorm };
    const committed = this.steps.report(worker, message.step, sums);
    if (committed === null) return;
    this.#committed(committed);
    // Counted as metrics.jsonl counts them.
    const number = committed.step + 1;
    if (!Number.isFinite(lossSum)) throw diverged(`The loss of step ${number} is ${lossSum}`);
    if (!Number.isFinite(gradientNorm)) {
      throw diverged(`The norm of the gradient of step ${number} is ${gradientNorm}`);
    }
  }

  evaluated(worker: string, { step, chunks }: Message<'evaluated'>): void {
    this.#heard();
    const sums = this.#evaluations.add(worker, step, chunks);
    if (sums === null) return;
    this.#evaluation(step, sums);
    if (!Number.isFinite(sums.lossSum)) throw diverged(`The validation loss after step ${step} is ${sums.lossSum}`);
    this.savePoints.saveIfComplete(step);
  }

  weights(worker: string, message: Message<'weights'>): void {
    this.#heard();
    this.savePoints.weights(worker, message);
  }

  state(worker: string, message: Message<'state'>): void {
    this.#heard();
    this.#lastPart = this.#lastHeard;
    this.savePoints.state(worker, message);
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
      seconds: ms / 1000,
    } as const;
    archive.metrics(shown);
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
