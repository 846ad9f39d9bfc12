import { epochOrder } from '../../data/samples/sampler.ts';
import { microbatchRange, positionOf, type TrainingPlan, totalSteps } from '../../shared/plan/schedule.ts';
import type { MicrobatchAssignment } from './messages.ts';

export interface PlannedMicrobatch {
  readonly epoch: number;
  /** Samples of the epoch up to the end of this microbatch, whoever computes them. */
  readonly place: number;
  readonly step: number;
  readonly microbatch: number;
  /** Training samples, in order. Empty where a short batch runs out. */
  readonly indexes: Uint32Array;
}

/** The microbatches that an assignment stands for, in the order in which they are computed, to the end of the plan. */
export function* microbatchSequence(
  plan: TrainingPlan,
  seed: number,
  { fromStep, microbatches }: MicrobatchAssignment,
): Generator<PlannedMicrobatch, void> {
  if (microbatches.start >= microbatches.end) return;
  const steps = totalSteps(plan);
  let epoch = -1;
  let order: Uint32Array = new Uint32Array(0);
  for (let step = fromStep; step < steps; step++) {
    const position = positionOf(plan, step);
    if (position.epoch !== epoch) {
      epoch = position.epoch;
      order = epochOrder(seed, epoch, plan.samples);
    }
    for (let microbatch = microbatches.start; microbatch < microbatches.end; microbatch++) {
      const { start, end } = microbatchRange(plan, step, microbatch);
      yield { epoch, place: end, step, microbatch, indexes: order.subarray(start, end) };
    }
  }
}
