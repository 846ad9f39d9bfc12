import { setImmediate } from 'node:timers/promises';
import { type Augment, augmenter } from '../../data/augment/augmenter.ts';
import { mixSamples, mixupShare } from '../../data/augment/mixup.ts';
import { sizeOf } from '../../shared/network/layout.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import { positionOf, totalSteps } from '../../shared/plan/schedule.ts';
import type { Trace } from '../trace/trace.ts';
import { fillDropoutMasks } from './dropout-masks.ts';
import type { InputConfig, MicrobatchAssignment } from './messages.ts';
import { type Normalise, normaliser } from './normalise.ts';
import { microbatchSequence, type PlannedMicrobatch } from './sequence.ts';
import type { SlotViews } from './slots.ts';
import type { SlotWriter } from './slot-writer.ts';
import type { DecodedSample, SampleStore } from './store.ts';

/**
 * Decoded images asked for ahead of the slots. At least two microbatches, at most LOOKAHEAD of them at first; by and by more,
 * where the cache takes them.
 */
const LOOKAHEAD_BYTES = 64 * 2 ** 20;
const LOOKAHEAD = 16;

interface Upcoming {
  readonly planned: PlannedMicrobatch;
  readonly samples: Promise<readonly DecodedSample[]>;
}

export interface FeederOptions
  extends Pick<InputConfig, 'plan' | 'seed' | 'description' | 'masks' | 'augmentation' | 'mixing'> {
  readonly store: SampleStore;
  readonly training: SlotWriter;
  readonly evaluation: SlotWriter;
  readonly trace: Trace;
  /** Samples cannot be had: nothing more will be filled. */
  readonly onError: (error: unknown) => void;
}

/** Fills the slots of training with the microbatches of the newest assignment, and those of evaluation on demand. */
export class MicrobatchFeeder {
  readonly #options: FeederOptions;
  readonly #normalise: Normalise;
  readonly #augment: Augment | null;
  readonly #sampleSize: number;
  readonly #lastEpoch: number;
  #assignment = 0;
  /** Of the assignment's chunks of evaluation. */
  #warmedChunks = 0;
  #evaluations: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.#normalise = normaliser(options.description);
    this.#augment = augmenter(options.augmentation, options.description, options.seed);
    this.#sampleSize = sizeOf(options.description.imageShape);
    this.#lastEpoch = positionOf(options.plan, totalSteps(options.plan) - 1).epoch;
  }

  /** Drops what was under way for an older assignment. `id` marks the slots. */
  assign(id: number, assignment: MicrobatchAssignment): void {
    this.#assignment = id;
    this.#warmedChunks = 0;
    // Whoever waits for a slot for the older one looks around and leaves.
    this.#options.training.wake();
    this.#feed(id, assignment).catch(this.#options.onError);
  }

  /** Validation samples, unchanged, in order; chunks are filled in the order in which they are asked for. */
  evaluate(chunk: Range): void {
    const samples = this.#options.store.load('validation', indexesOf(chunk));
    samples.catch(() => undefined); // awaited when its turn comes
    this.#evaluations = this.#evaluations.then(async () => this.#fillEvaluation(await samples));
    this.#evaluations.catch(this.#options.onError);
  }

  close(): void {
    this.#closed = true;
    this.#options.training.wake();
    this.#options.evaluation.wake();
  }

  async #feed(id: number, assignment: MicrobatchAssignment): Promise<void> {
    const { plan, seed, training, store } = this.#options;
    const sequence = microbatchSequence(plan, seed, assignment);
    const ahead: Upcoming[] = [];
    const isOver = (): boolean => this.#closed || this.#assignment !== id;
    const lookahead = this.#lookahead();
    let further = 0;
    let filled = 0;
    for (;;) {
      while (ahead.length < lookahead + (store.lacksSamples ? further : 0)) {
        const { value: planned } = sequence.next();
        if (planned === undefined) break;
        const samples = store.load('train', planned.indexes);
        // It fails again where it is awaited, unless the assignment is over by then.
        samples.catch(() => undefined);
        ahead.push({ planned, samples });
        this.#warm(planned, assignment);
      }
      const head = ahead.shift();
      if (head === undefined) return;
      const samples = await head.samples;
      if (!training.isNextFree()) {
        if (head.planned.epoch < this.#lastEpoch) store.warmFurther();
        // While the cache has room, what is ahead costs no memory of its own, and bridges a time in which no samples come.
        // As much again as was used: it comes at twice the pace at most.
        further += filled;
        filled = 0;
      }
      if (!(await training.nextFree(isOver))) return;
      this.#fillTraining(id, head.planned, samples);
      filled++;
      // Lets messages in: with everything cached, and an engine that is fast enough, nothing above ever waits.
      await setImmediate();
    }
  }

  /**
   * In its first epoch a worker needs only its share of the samples; in the later ones, by and by, all. It fetches the rest,
   * and the samples that it will evaluate, in step with the first epoch, so that the engine waits in no other.
   */
  #warm({ epoch, place }: PlannedMicrobatch, { fromStep, microbatches, evaluation = [] }: MicrobatchAssignment): void {
    const { plan, store } = this.#options;
    if (!store.keepsAll) return;
    const part = epoch === positionOf(plan, fromStep).epoch ? place / plan.samples : 1;
    const sharesEpochs = microbatches.end - microbatches.start < plan.microbatches;
    if (sharesEpochs && epoch < this.#lastEpoch) store.warm(Math.ceil(part * plan.samples));
    const chunks = Math.ceil(part * evaluation.length);
    for (; this.#warmedChunks < chunks; this.#warmedChunks++) {
      // What fails here fails again where it is needed.
      store.load('validation', indexesOf(evaluation[this.#warmedChunks]!)).catch(() => undefined);
    }
  }

  #lookahead(): number {
    const { plan } = this.#options;
    const bytes = Math.ceil(plan.batch / plan.microbatches) * this.#sampleSize;
    return Math.max(2, Math.min(LOOKAHEAD, Math.floor(LOOKAHEAD_BYTES / bytes)));
  }

  #fillTraining(assignment: number, planned: PlannedMicrobatch, samples: readonly DecodedSample[]): void {
    const { seed, masks, mixing = null, training, trace } = this.#options;
    const begun = trace.now();
    const { epoch, step, microbatch, indexes } = planned;
    const augment = this.#augment;
    training.publish({ assignment, step, microbatch, count: samples.length }, (views) => {
      this.#write(views, samples, (pixels, place) => augment?.(pixels, epoch, indexes[place]!) ?? pixels);
      if (mixing !== null) {
        mixSamples(views, mixing, (place) => mixupShare(mixing.alpha, seed, epoch, indexes[place]!));
      }
      const rates = masks.map(({ rate }) => rate);
      fillDropoutMasks(views.masks, rates, seed, step, microbatch);
    });
    trace.span('augment and fill', begun, { step, microbatch, samples: samples.length });
  }

  async #fillEvaluation(samples: readonly DecodedSample[]): Promise<void> {
    const { evaluation, trace } = this.#options;
    if (!(await evaluation.nextFree(() => this.#closed))) return;
    const begun = trace.now();
    evaluation.publish({ assignment: 0, step: 0, microbatch: 0, count: samples.length }, (views) =>
      this.#write(views, samples, (pixels) => pixels),
    );
    trace.span('fill for evaluation', begun, { samples: samples.length });
  }

  #write(
    views: SlotViews,
    samples: readonly DecodedSample[],
    seen: (pixels: Uint8Array, place: number) => Uint8Array,
  ): void {
    samples.forEach(({ label, pixels }, place) => {
      views.labels[place] = label;
      this.#normalise(seen(pixels, place), views.images, place * this.#sampleSize);
    });
  }
}

function indexesOf({ start, end }: Range): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
