import { part, type Range } from './microbatches.ts';

/** What decides, together with a step's number, everything about that step. The same at every process of a run. */
export interface TrainingPlan {
  /** Training samples in one epoch. */
  readonly samples: number;
  /** Global batch. */
  readonly batch: number;
  readonly microbatches: number;
  readonly epochs: number;
  /** Stop after this many steps even if epochs are left; null: no such limit. */
  readonly maxSteps: number | null;
  /** Evaluate every so many epochs; 0: only at the end. */
  readonly evalEvery: number;
  /** Checkpoint every so many steps; null: at the end of each epoch. Always at the end. */
  readonly checkpointEvery: number | null;
}

/** Where step `step` (from 0) stands. `start` and `end` are places in the epoch's order of samples. */
export interface StepPosition {
  readonly epoch: number;
  /** Number of the global batch within the epoch. */
  readonly batch: number;
  readonly start: number;
  readonly end: number;
}

export function stepsPerEpoch(plan: TrainingPlan): number {
  return Math.ceil(plan.samples / plan.batch);
}

export function totalSteps(plan: TrainingPlan): number {
  const all = plan.epochs * stepsPerEpoch(plan);
  return plan.maxSteps === null ? all : Math.min(all, plan.maxSteps);
}

export function positionOf(plan: TrainingPlan, step: number): StepPosition {
  const perEpoch = stepsPerEpoch(plan);
  const batch = step % perEpoch;
  const start = batch * plan.batch;
  return { epoch: Math.floor(step / perEpoch), batch, start, end: Math.min(start + plan.batch, plan.samples) };
}

/** Places in the epoch's order that make up microbatch `microbatch` of `step`. Empty where a short batch runs out. */
export function microbatchRange(plan: TrainingPlan, step: number, microbatch: number): Range {
  const { start, end } = positionOf(plan, step);
  const range = part(end - start, plan.microbatches, microbatch);
  return { start: start + range.start, end: start + range.end };
}

/** Every microbatch size above zero that occurs in the plan, largest first: one step program is compiled for each. */
export function microbatchSizes(plan: TrainingPlan): readonly number[] {
  const sizes = new Set<number>();
  const last = plan.samples - (stepsPerEpoch(plan) - 1) * plan.batch;
  for (const total of [Math.min(plan.batch, plan.samples), last]) {
    for (let m = 0; m < plan.microbatches; m++) {
      const { start, end } = part(total, plan.microbatches, m);
      if (end > start) sizes.add(end - start);
    }
  }
  return [...sizes].sort((a, b) => b - a);
}

/** What is due once `committed` steps are committed (committed >= 1). */
export function dueAfter(
  plan: TrainingPlan,
  committed: number,
): {
  readonly evaluate: boolean;
  readonly checkpoint: boolean;
  /** The state is sent: for the checkpoint, or because the evaluation may make it the best. */
  readonly upload: boolean;
} {
  const last = committed >= totalSteps(plan);
  const epochEnds = committed % stepsPerEpoch(plan) === 0;
  const epoch = committed / stepsPerEpoch(plan);
  const evaluate = last || (epochEnds && plan.evalEvery > 0 && epoch % plan.evalEvery === 0);
  const checkpoint = last || (plan.checkpointEvery === null ? epochEnds : committed % plan.checkpointEvery === 0);
  return { evaluate, checkpoint, upload: evaluate || checkpoint };
}

/** Of samples in a chunk of evaluation, where more chunks could be dealt more evenly: smaller ones take longer for a sample. */
const LEAST_CHUNK = 16;
/** Numbers of chunks whose multiples are as many for each of two, three, four or six ranks; of two or four; of two. */
const EVEN = [12, 4, 2, 1];

/**
 * Evaluation is cut into chunks of at most `most` samples, in manifest order, dealt to ranks in turn. What a chunk is
 * does not depend on the number of workers, so neither do the sums; but it is cut so that usual numbers of them have as much to do.
 */
export function evaluationChunks(samples: number, most: number): readonly Range[] {
  const least = Math.ceil(samples / most);
  const sizes = EVEN.map((even) => Math.ceil(samples / (even * Math.ceil(least / even))));
  return chunksOf(samples, sizes.find((size) => size >= LEAST_CHUNK) ?? most);
}

/** Of `size` samples each, the last one of what is left. */
export function chunksOf(samples: number, size: number): readonly Range[] {
  return Array.from({ length: Math.ceil(samples / size) }, (_, index) => ({
    start: index * size,
    end: Math.min((index + 1) * size, samples),
  }));
}
