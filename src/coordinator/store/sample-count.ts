import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { positionOf, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { plural } from '../../shared/plural.ts';

/** Which part of the epoch's order a committed step trained on. */
export interface CountedStep {
  readonly step: number;
  readonly epoch: number;
  /** Places in the epoch's order: [start, end). */
  readonly start: number;
  readonly end: number;
  /** As the reduced vector counted them. */
  readonly samples: number;
}

/**
 * Proves that every sample counts once per epoch: steps follow one another without gap or repetition, each begins at
 * the place in the epoch's order where the one before ended, and an epoch ends exactly behind its last sample.
 */
export class SampleCount {
  readonly #plan: TrainingPlan;
  #step: number;
  /** Place in the epoch's order up to which samples have been counted. */
  #place: number;
  /** False in an epoch whose beginning was counted elsewhere. */
  #fromEpochStart: boolean;

  /** `step`: where to begin; what came before is taken as counted. */
  constructor(plan: TrainingPlan, step = 0) {
    this.#plan = plan;
    this.#step = step;
    this.#place = positionOf(plan, step).start;
    this.#fromEpochStart = this.#place === 0;
  }

  /** Steps counted so far. */
  get steps(): number {
    return this.#step;
  }

  /** Counts a step. Returns the epoch of which every sample is counted with it, or null. */
  add(counted: CountedStep): number | null {
    if (counted.step !== this.#step) {
      throw wrong(
        counted.step < this.#step
          ? `step ${counted.step} would be counted twice`
          : `step ${this.#step} is missing before step ${counted.step}`,
      );
    }
    const due = positionOf(this.#plan, this.#step);
    const { epoch, start, end, samples } = counted;
    if (epoch !== due.epoch || start !== this.#place || end !== due.end || samples !== end - start) {
      throw wrong(
        `step ${counted.step} claims ${plural(samples, 'sample')} at ${start} to ${end} of epoch ${epoch}, ` +
          `where ${this.#place} to ${due.end} of epoch ${due.epoch} were due`,
      );
    }
    this.#step++;
    if (end < this.#plan.samples) {
      this.#place = end;
      return null;
    }
    const proven = this.#fromEpochStart;
    this.#place = 0;
    this.#fromEpochStart = true;
    return proven ? epoch : null;
  }
}

function wrong(what: string): GradsocketError {
  return new GradsocketError('SAMPLES_MISCOUNTED', EXIT.internal, `The ledger does not add up: ${what}.`);
}
