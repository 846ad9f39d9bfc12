import { StateAssembly } from '../../shared/checkpoint/assembly.ts';
import { stateDigest } from '../../shared/checkpoint/state-digest.ts';
import { dueAfter, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import { LIMITS } from '../../shared/protocol/limits.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import { type AgreedDigests, agreedWith, type HeldState, stateDisagreement } from './agreement.ts';
import type { Difference } from './dispute.ts';
import type { Evaluations } from './evaluations.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/** Where whole checkpoints go. Every worker that holds the same step has the same state. */
export interface CheckpointKeeper {
  checkpoint(step: number, bytes: Uint8Array, agreed: AgreedDigests): void;
  /** By the evaluation after `step`: whether one is worth keeping where none is due. */
  wouldBeBest(step: number): boolean;
}

export interface SavePointsOptions {
  readonly plan: TrainingPlan;
  /** On the disk when the run begins. */
  readonly firstStep: number;
  readonly evaluations: Pick<Evaluations, 'lacks'>;
  readonly keeper: CheckpointKeeper;
  /** Whether the run ends with this step, before its plan does: then a checkpoint is due. */
  readonly isLast?: (step: number) => boolean;
  readonly nameOf: (worker: string) => string;
  /** Bytes that the file of this network can have at most. */
  readonly mostBytes?: number;
}

/** What has come in of one checkpoint. */
interface SavePoint {
  /** By worker. */
  readonly held: Map<string, HeldState>;
  /** What all of them hold; null: nobody has told of it, or it takes a look at all of them. */
  common: HeldState | null;
  /** The whole file, until it is handed over. */
  bytes: Uint8Array | null;
  /** The worker that sent it. */
  sender: string | null;
  /** On the disk, or on its way there. */
  saved: boolean;
  /** Nobody wanted it. */
  dropped: boolean;
}

/**
 * The checkpoints of a run, from generation to generation: what each worker says that it holds, and the file that one of them
 * sends. Workers go by their ids.
 */
export class SavePoints {
  readonly #options: SavePointsOptions;
  readonly #points = new Map<number, SavePoint>();
  /** By the worker that sends it. */
  readonly #uploads = new Map<string, StateAssembly>();
  /** Who must agree on steps after `#settled`. */
  #workers: readonly string[] = [];
  /** Steps that all had committed when the present generation began: nobody else's word is waited for. */
  #settled: number;
  #handedOver: number;
  #all = false;
  /** From this step on nothing is saved. */
  #disputed: { readonly step: number; readonly held: ReadonlyMap<string, HeldState> } | null = null;

  constructor(options: SavePointsOptions) {
    this.#options = options;
    this.#handedOver = options.firstStep;
    this.#settled = options.firstStep;
  }

  /** The newest step whose checkpoint is on the disk, or on its way there. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** Whether a file is due after `step` that has not come in whole. One that is sent for its evaluation alone is missed as long as it may be the best. */
  lacks(step: number): boolean {
    const { plan, evaluations, keeper, isLast } = this.#options;
    const isHere = (this.#points.get(step)?.bytes ?? null) !== null;
    if (step <= this.#handedOver || isHere) return false;
    const due = dueAfter(plan, step);
    if (due.checkpoint || isLast?.(step) === true) return true;
    return due.evaluate && (evaluations.lacks(step) || keeper.wouldBeBest(step));
  }

  /** From here on these must agree. They hold `step`; what was said of later ones comes anew. */
  begin(workers: readonly string[], step: number): void {
    this.#workers = workers;
    this.#settled = step;
    this.#all = false;
    const arriving = new Set([...this.#uploads.values()].map((upload) => upload.step));
    for (const [one, { bytes }] of this.#points) {
      if (one > step || (one < step && bytes === null && !arriving.has(one))) this.#points.delete(one);
    }
    this.#saveAll();
  }

  /** Only checkpoints up to `step` are any good. */
  reset(step: number): void {
    this.#points.clear();
    this.#uploads.clear();
    this.#handedOver = step;
    this.begin([], step);
  }

  /** What `worker` was sending will not be completed. */
  forget(worker: string): void {
    this.#uploads.delete(worker);
  }

  /** The first step after which workers hold different states; null: there is none. */
  get difference(): Difference | null {
    if (this.#disputed === null) return null;
    const { step, held } = this.#disputed;
    return { hasTold: (worker) => held.has(worker), sentence: () => this.#whoDiffers(step, held) };
  }

  /** Takes what a worker says of its state. */
  weights(worker: string, message: Message<'weights'>): void {
    const { step, engineBusy } = message;
    const { plan } = this.#options;
    // In answer to a halt any step may be told of; else only those after which something is due.
    if (step > totalSteps(plan) || (engineBusy === null && (step === 0 || !dueAfter(plan, step).upload))) {
      throw new ProtocolError(
        'malformed',
        `${this.#options.nameOf(worker)} told of step ${step}, after which nothing is due.`,
      );
    }
    // It is over, and nobody waits for anything of it: told again, or not worth keeping.
    if (step < this.#handedOver && !this.#points.has(step)) return;
    const point = this.#point(step);
    const { weightsDigest: weights, statisticsDigest: statistics, optimizerDigest: optimizer } = message;
    const state = { weights, statistics, optimizer };
    // Of thousands each is compared with what the others have in common. Who tells again may take back what was in there.
    const known = point.held.has(worker) ? null : point.common;
    point.common = point.held.size === 0 ? state : known === null ? null : agreedWith(known, state);
    point.held.set(worker, state);
    if (this.#disputed === null && point.common === null && this.#differ(point.held) !== null) {
      this.#disputed = { step, held: point.held };
    }
    this.saveIfComplete(step);
  }

  /** Takes a part of a file. A first one begins anew: the connection may have broken amid the last one. */
  state(worker: string, message: Message<'state'>): void {
    let upload = this.#uploads.get(worker);
    if (
      message.step > totalSteps(this.#options.plan) ||
      message.total > (this.#options.mostBytes ?? LIMITS.checkpointBytes)
    ) {
      const { step, total } = message;
      throw new ProtocolError('refused', `a state of ${total} bytes after step ${step}: there is none of that kind`);
    }
    if (upload === undefined || message.offset === 0) {
      upload = new StateAssembly(message);
      this.#uploads.set(worker, upload);
    }
    const bytes = upload.add(message);
    if (bytes === null) return;
    this.#uploads.delete(worker);
    if (message.step < this.#settled && !this.#points.has(message.step)) return;
    const point = this.#point(message.step);
    // Asked for again while it was on its way.
    if (point.saved) return;
    if (point.bytes === null) Object.assign(point, { bytes, sender: worker });
    this.saveIfComplete(message.step);
  }

  /** What comes is saved as soon as it is here, as nobody else's word and no evaluation is waited for. */
  saveAll(): void {
    this.#all = true;
    this.#saveAll();
  }

  /** On which all agreed after `step`, if they did. */
  digestOf(step: number): string | null {
    return this.#agreedAt(step)?.weights ?? null;
  }

  /** A checkpoint is saved once all agree on its weights and its evaluation says whether it is the best. */
  saveIfComplete(step: number): void {
    const { plan, evaluations, keeper, isLast, nameOf } = this.#options;
    const point = this.#points.get(step);
    if (point === undefined || point.bytes === null || point.saved) return;
    if (step >= (this.#disputed?.step ?? Number.POSITIVE_INFINITY)) return;
    if (!this.#all) {
      if (step > this.#settled && this.#workers.some((worker) => !point.held.has(worker))) return;
      // An evaluation of older weights that is missing is lost: nobody holds them any more.
      if (step >= this.#settled && evaluations.lacks(step)) return;
    }
    const digests = this.#agreedAt(step);
    if (digests === null) return;
    const { bytes, sender } = point;
    const agreed = sender === null ? digests : { ...digests, sender: nameOf(sender) };
    // The file may be large; only that it was saved is of interest from here on.
    point.bytes = null;
    const due = dueAfter(plan, step);
    // Sent for nothing but its evaluation. At the end of a run whatever comes is asked for.
    const candidate = due.evaluate && !due.checkpoint && !this.#all && isLast?.(step) !== true;
    point.saved = !candidate || keeper.wouldBeBest(step);
    point.dropped = !point.saved;
    if (point.dropped) return;
    this.#handedOver = Math.max(this.#handedOver, step);
    keeper.checkpoint(step, bytes, agreed);
  }

  #differ(held: ReadonlyMap<string, HeldState>): ReturnType<typeof stateDisagreement> {
    const { nameOf } = this.#options;
    return stateDisagreement(new Map([...held].map(([id, state]) => [nameOf(id), state])));
  }

  #whoDiffers(step: number, held: ReadonlyMap<string, HeldState>): string {
    const { part, why } = this.#differ(held)!;
    return (
      `After step ${step} the workers hold different ${part}: ${why} The run stops; --resume would begin at ` +
      `the last checkpoint on which all agreed.`
    );
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
      point = { held: new Map(), common: null, bytes: null, sender: null, saved: false, dropped: false };
      this.#points.set(step, point);
      this.#forgetBefore(step);
    }
    return point;
  }

  /** What is over and no longer the newest; nobody sends anything for it any more. */
  #forgetBefore(step: number): void {
    for (const [old, { saved, dropped }] of this.#points) {
      if (old < step && (saved || dropped)) this.#points.delete(old);
    }
  }
}
