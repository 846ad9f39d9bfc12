import { StateAssembly } from '../../shared/checkpoint/assembly.ts';
import { stateDigest } from '../../shared/checkpoint/state-digest.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { dueAfter, type TrainingPlan } from '../../shared/plan/schedule.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import { type AgreedDigests, type HeldState, stateDisagreement } from './agreement.ts';
import type { Evaluations } from './evaluations.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/** Where whole checkpoints go. Every worker that holds the same step has the same state. */
export interface CheckpointKeeper {
  checkpoint(step: number, bytes: Uint8Array, agreed: AgreedDigests): void;
  /** The same, where no checkpoint is due. Returns whether it is kept, as the best so far. */
  candidate(step: number, bytes: Uint8Array, agreed: AgreedDigests): boolean;
}

export interface SavePointsOptions {
  readonly plan: TrainingPlan;
  /** Committed when the generation begins. */
  readonly firstStep: number;
  /** How many must agree. */
  readonly workers: number;
  readonly evaluations: Evaluations;
  readonly keeper: CheckpointKeeper;
}

/** What has come in of one checkpoint. */
interface SavePoint {
  /** By worker. */
  readonly held: Map<string, HeldState>;
  /** The whole file, until it is handed over. */
  bytes: Uint8Array | null;
  saved: boolean;
  /** Nobody wanted it. */
  dropped: boolean;
}

/** The checkpoints of one generation: what each worker says that it holds, and the file that one of them sends. */
export class SavePoints {
  readonly #options: SavePointsOptions;
  readonly #points = new Map<number, SavePoint>();
  /** By the worker that sends it. */
  readonly #uploads = new Map<string, StateAssembly>();
  #handedOver: number;
  #waitForNobody = false;
  #evaluationsOver = false;

  constructor(options: SavePointsOptions) {
    this.#options = options;
    this.#handedOver = options.firstStep;
  }

  /** The newest step whose checkpoint is on the disk, or on its way there. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** Takes what a worker says of its state. Throws where replicas disagree. */
  weights(worker: string, message: Message<'weights'>): void {
    const point = this.#point(message.step);
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
    this.saveIfComplete(message.step);
  }

  /** Takes a part of a file. */
  state(worker: string, message: Message<'state'>): void {
    let upload = this.#uploads.get(worker);
    if (upload === undefined) {
      upload = new StateAssembly(message);
      this.#uploads.set(worker, upload);
    }
    const bytes = upload.add(message);
    if (bytes === null) return;
    this.#uploads.delete(worker);
    this.#point(message.step).bytes ??= bytes;
    this.saveIfComplete(message.step);
  }

  /** After a halt: what comes is saved as soon as it is here, as nobody else's word is waited for. */
  waitForNobody(): void {
    this.#waitForNobody = true;
    this.#saveAll();
  }

  /** All have said `done`: a stop leaves out an evaluation that was due, so its checkpoint no longer waits for one. */
  settle(): void {
    this.#evaluationsOver = true;
    this.#saveAll();
  }

  isSaved(step: number): boolean {
    return this.#points.get(step)?.saved === true;
  }

  /** On which all agreed after `step`, if they did. */
  digestOf(step: number): string | null {
    return this.#agreedAt(step)?.weights ?? null;
  }

  /** A checkpoint is saved once all agree on its weights and its evaluation says whether it is the best. */
  saveIfComplete(step: number): void {
    const { plan, workers, evaluations, keeper } = this.#options;
    const point = this.#points.get(step);
    if (point === undefined || point.bytes === null || point.saved) return;
    if (!this.#waitForNobody) {
      if (point.held.size < workers) return;
      if (!this.#evaluationsOver && evaluations.lacks(step)) return;
    }
    const agreed = this.#agreedAt(step);
    if (agreed === null) return;
    const { bytes } = point;
    // The file may be large; only that it was saved is of interest from here on.
    point.bytes = null;
    const due = dueAfter(plan, step);
    // Sent for nothing but its evaluation. At the end of a run whatever comes is asked for.
    const candidate = due.evaluate && !due.checkpoint && !this.#waitForNobody && !this.#evaluationsOver;
    point.saved = candidate ? keeper.candidate(step, bytes, agreed) : true;
    point.dropped = !point.saved;
    if (point.saved) this.#handedOver = Math.max(this.#handedOver, step);
    if (!candidate) keeper.checkpoint(step, bytes, agreed);
  }

  #saveAll(): void {
    for (const step of this.#points.keys()) this.saveIfComplete(step);
  }

  #agreedAt(step: number): AgreedDigests | null {
    const [held] = this.#points.get(step)?.held.values() ?? [];
    if (held === undefined) return null;
    const { weights, statistics, optimizer } = held;
    const whole = statistics !== null && optimizer !== null;
    return { weights, state: whole ? stateDigest({ weights, statistics, optimizer }) : null };
  }

  #point(step: number): SavePoint {
    let point = this.#points.get(step);
    if (point === undefined) {
      point = { held: new Map(), bytes: null, saved: false, dropped: false };
      this.#points.set(step, point);
      this.#forgetBefore(step);
    }
    return point;
  }

  /** What is complete and no longer the newest; nobody sends anything for it any more. */
  #forgetBefore(step: number): void {
    for (const [old, { saved, dropped }] of this.#points) {
      if (old < step && (saved || dropped)) this.#points.delete(old);
    }
    // A checkpoint that is still arriving must find its evaluation.
    this.#options.evaluations.forgetBefore(step, (old) => this.#points.has(old));
  }
}
