import { StateAssembly } from '../../shared/checkpoint/assembly.ts';
import { diverged } from '../../shared/checkpoint/finite.ts';
import { stateDigest } from '../../shared/checkpoint/state-digest.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { dueAfter, microbatchSizes, type TrainingPlan } from '../../shared/plan/schedule.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import { type HeldState, stateDisagreement } from './agreement.ts';
import { EvaluationAssembly, type EvaluationSums } from './evaluation.ts';
import { type CommittedStep, StepCollector } from './step-collector.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { type: T }>;

export interface ProgressOptions {
  readonly plan: TrainingPlan;
  readonly validationSamples: number;
  /** Committed when the generation begins. */
  readonly firstStep: number;
  /** Names, in the order of ranks. */
  readonly workers: readonly string[];
  readonly onStep: (step: CommittedStep) => void;
  readonly onEvaluation: (step: number, sums: EvaluationSums) => void;
  /** A whole file; every worker that holds the same step has the same state. */
  readonly onCheckpoint: (step: number, bytes: Uint8Array, agreed: AgreedDigests) => void;
  /** The same, where no checkpoint is due. Returns whether it is kept, as the best so far. */
  readonly onCandidate: (step: number, bytes: Uint8Array, agreed: AgreedDigests) => boolean;
}

/** On which all workers agree. */
export interface AgreedDigests {
  readonly weights: string;
  /** null where the workers do not speak of it. */
  readonly state: string | null;
}

/** What has come in of one checkpoint. */
interface SavePoint {
  readonly held: Map<string, HeldState>;
  bytes: Uint8Array | null;
  saved: boolean;
  /** Nobody wanted it. */
  dropped: boolean;
}

/**
 * What the members of one generation report, put together: steps, evaluations, digests, checkpoints. Throws a
 * ProtocolError for what one worker did wrong, any other GradsocketError where the run as a whole cannot go on.
 */
export class TrainingProgress {
  readonly #options: ProgressOptions;
  readonly #steps: StepCollector;
  readonly #evaluations = new Map<number, EvaluationAssembly>();
  readonly #savePoints = new Map<number, SavePoint>();
  #waitForNobody = false;
  #evaluationsOver = false;
  readonly #uploads = new Map<string, StateAssembly>();

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#steps = new StepCollector(options.plan, options.firstStep, options.workers);
  }

  /** Steps that all have committed. */
  get complete(): number {
    return this.#steps.complete;
  }

  get behind(): readonly string[] {
    return this.#steps.behind;
  }

  committedBy(worker: string): number {
    return this.#steps.committedBy(worker);
  }

  /** Samples of the evaluations that are not complete. */
  get evaluating(): number {
    const { plan, validationSamples } = this.#options;
    const due = this.complete > this.#options.firstStep && dueAfter(plan, this.complete).evaluate;
    return due && !this.#evaluations.get(this.complete)?.result() ? validationSamples : 0;
  }

  step(worker: string, message: Message<'step'>): void {
    const { lossSum, correct, samples, learningRate, gradientNorm } = message;
    const sums = { lossSum, correct, samples, learningRate, gradientNorm };
    const committed = this.#steps.report(worker, message.step, sums);
    if (committed === null) return;
    this.#options.onStep(committed);
    // Counted as metrics.jsonl counts them.
    const number = committed.step + 1;
    if (!Number.isFinite(committed.lossSum)) throw diverged(`The loss of step ${number} is ${committed.lossSum}`);
    if (!Number.isFinite(committed.gradientNorm)) {
      throw diverged(`The norm of the gradient of step ${number} is ${committed.gradientNorm}`);
    }
  }

  evaluated(worker: string, message: Message<'evaluated'>): void {
    const { plan, validationSamples, workers, onEvaluation } = this.#options;
    if (!dueAfter(plan, message.step).evaluate) {
      throw new GradsocketError(
        'EVALUATION_INEXACT',
        EXIT.internal,
        `${worker} evaluated after step ${message.step}, where no evaluation is due.`,
      );
    }
    if (validationSamples === 0) return;
    let assembly = this.#evaluations.get(message.step);
    if (assembly === undefined) {
      const [chunk] = microbatchSizes(plan);
      assembly = new EvaluationAssembly(message.step, validationSamples, chunk!, workers);
      this.#evaluations.set(message.step, assembly);
    }
    assembly.add(worker, message.chunks);
    const sums = assembly.result();
    if (sums === null) return;
    onEvaluation(message.step, sums);
    if (!Number.isFinite(sums.lossSum))
      throw diverged(`The validation loss after step ${message.step} is ${sums.lossSum}`);
    this.#saveIfComplete(message.step);
  }

  weights(worker: string, message: Message<'weights'>): void {
    const point = this.#savePoint(message.step);
    const { weightsDigest: weights, statisticsDigest: statistics, optimizerDigest: optimizer } = message;
    point.held.set(worker, { weights, statistics, optimizer });
    const differ = stateDisagreement(point.held);
    if (differ !== null) {
      throw new GradsocketError(
        'REPLICAS_DIVERGED',
        EXIT.internal,
        `After step ${message.step} the workers hold different ${differ.part}: ${differ.why} The run stops; --resume would begin at ` +
          `the last checkpoint on which all agreed.`,
      );
    }
    this.#saveIfComplete(message.step);
  }

  state(worker: string, message: Message<'state'>): void {
    let upload = this.#uploads.get(worker);
    if (upload === undefined) {
      upload = new StateAssembly(message);
      this.#uploads.set(worker, upload);
    }
    const bytes = upload.add(message);
    if (bytes === null) return;
    this.#uploads.delete(worker);
    this.#savePoint(message.step).bytes ??= bytes;
    this.#saveIfComplete(message.step);
  }

  /**
   * After a halt: the run's steps are those of `worker`. What it sends is saved as soon as it is here, as nobody else's
   * word is waited for.
   */
  followOnly(worker: string): void {
    for (const step of this.#steps.adopt(worker)) this.#options.onStep(step);
    this.#waitForNobody = true;
    for (const step of this.#savePoints.keys()) this.#saveIfComplete(step);
  }

  /** All have said `done`: a stop leaves out an evaluation that was due, so its checkpoint no longer waits for one. */
  settle(): void {
    this.#evaluationsOver = true;
    for (const step of this.#savePoints.keys()) this.#saveIfComplete(step);
  }

  /** What is due after the last step, `step`, and nobody sent; null: nothing is missing. */
  missing(step: number, stopped: boolean): string | null {
    const { plan, validationSamples, firstStep } = this.#options;
    if (this.complete !== step) return `reports of step ${this.complete} from ${this.behind.join(', ')}`;
    if (!stopped && dueAfter(plan, step).evaluate && validationSamples > 0) {
      const assembly = this.#evaluations.get(step);
      if (assembly === undefined) return `the evaluation after step ${step}`;
      if (assembly.waitingFor.length > 0) return `the evaluation by ${assembly.waitingFor.join(', ')}`;
    }
    // The checkpoint that the run went on from is on the disk.
    if (step === firstStep) return null;
    return this.#savePoints.get(step)?.saved === true ? null : `the checkpoint after step ${step}`;
  }

  /** On which all agreed after `step`, if they did. */
  digestOf(step: number): string | null {
    return this.#agreedAt(step)?.weights ?? null;
  }

  #agreedAt(step: number): AgreedDigests | null {
    const [held] = this.#savePoints.get(step)?.held.values() ?? [];
    if (held === undefined) return null;
    const { weights, statistics, optimizer } = held;
    const whole = statistics !== null && optimizer !== null;
    return { weights, state: whole ? stateDigest({ weights, statistics, optimizer }) : null };
  }

  #savePoint(step: number): SavePoint {
    let point = this.#savePoints.get(step);
    if (point === undefined) {
      point = { held: new Map(), bytes: null, saved: false, dropped: false };
      this.#savePoints.set(step, point);
      this.#forgetBefore(step);
    }
    return point;
  }

  /** A checkpoint is saved once all agree on its weights and its evaluation says whether it is the best. */
  #saveIfComplete(step: number): void {
    const { plan, validationSamples, workers, onCheckpoint, onCandidate } = this.#options;
    const point = this.#savePoints.get(step);
    if (point === undefined || point.bytes === null || point.saved) return;
    const due = dueAfter(plan, step);
    if (!this.#waitForNobody) {
      if (point.held.size < workers.length) return;
      const evaluation = !this.#evaluationsOver && due.evaluate && validationSamples > 0;
      if (evaluation && !this.#evaluations.get(step)?.result()) return;
    }
    const agreed = this.#agreedAt(step);
    if (agreed === null) return;
    const { bytes } = point;
    // The file may be large; only that it was saved is of interest from here on.
    point.bytes = null;
    // Sent for nothing but its evaluation. At the end of a run whatever comes is asked for.
    const candidate = due.evaluate && !due.checkpoint && !this.#waitForNobody && !this.#evaluationsOver;
    point.saved = candidate ? onCandidate(step, bytes, agreed) : true;
    point.dropped = !point.saved;
    if (!candidate) onCheckpoint(step, bytes, agreed);
  }

  /** What is complete and no longer the newest; nobody sends anything for it any more. */
  #forgetBefore(step: number): void {
    for (const old of this.#savePoints.keys()) {
      const { saved, dropped } = this.#savePoints.get(old)!;
      if (old < step && (saved || dropped)) this.#savePoints.delete(old);
    }
    for (const [old, assembly] of this.#evaluations) {
      // A checkpoint that is still arriving must find its evaluation.
      const point = this.#savePoints.get(old);
      const awaited = point !== undefined && !point.saved && !point.dropped;
      if (old < step && assembly.result() !== null && !awaited) this.#evaluations.delete(old);
    }
  }
}
