import type { Kernels } from '../../src/collective/kernels/kernels.ts';
import { bucketsOnWire } from '../../src/collective/wire.ts';
import { earlyStop } from '../../src/coordinator/progress/early-stop.ts';
import { createOptimizer } from '../../src/engine/optimizer/create.ts';
import { GradientNorm } from '../../src/engine/optimizer/gradient-norm.ts';
import { stateDigest } from '../../src/shared/checkpoint/state-digest.ts';
import { dueAfter, evaluationChunks, totalSteps } from '../../src/shared/plan/schedule.ts';
import { type Blueprint, drawBlueprint } from '../../src/worker/assignment/blueprint.ts';
import { allocateReplica } from '../../src/worker/assignment/memory.ts';
import { sumOf, writeTail } from '../../src/worker/assignment/tail.ts';
import { Replica, type StepSums } from '../../src/worker/transport/replica.ts';
import { rounded } from '../collective/kernels/bfloat16-reference.ts';
import { serialSum } from '../collective/world.ts';
import { compute, samplesAt, trainingSamples } from './arithmetic.ts';
import type { SimulatedJob } from './jobs.ts';
import { type HeldState, heldBy } from './observed-replica.ts';

/** What is true after each number of committed steps, whoever commits them. */
export interface Truth {
  readonly blueprint: Blueprint;
  /** Of the plan. */
  readonly steps: number;
  /** With which the run ends: those of the plan, or fewer where its patience does. */
  readonly ends: number;
  /** Digests of the whole state. */
  readonly states: readonly string[];
  /** The states themselves. */
  readonly held: readonly HeldState[];
  /** Checkpoint files that were found to hold one of them, by its step. */
  readonly files: Map<number, Buffer>;
  readonly weights: readonly string[];
  readonly sums: readonly StepSums[];
  /** Mean losses, by the steps after which there is an evaluation. */
  readonly evaluations: ReadonlyMap<number, number>;
}

/** A run that nobody disturbs, step by step from the definitions: no messages, no workers, no memory that is shared. */
export function undisturbed({ job, dataset }: SimulatedJob, kernels: Kernels): Truth {
  const blueprint = drawBlueprint({ job, dataset, microbatches: job.microbatches });
  const allocate = (floats: number) => kernels.arena.allocateFloats(floats).fill(0);
  const optimizer = createOptimizer(job, blueprint.network, kernels);
  const memory = allocateReplica(allocate, blueprint.layout, optimizer.moments.length);
  const replica = new Replica(blueprint, memory, optimizer, new GradientNorm(blueprint.layout.parameters, kernels));
  replica.initialise();
  const result = allocate(blueprint.layout.length);
  const steps = totalSteps(blueprint.plan);
  const states = [stateDigest(replica.digests())];
  const weights = [replica.digest()];
  const copied = () => heldBy(replica).map((vector) => vector.slice());
  const held: HeldState[] = [copied()];
  const sums: StepSums[] = [];
  const evaluations = new Map<number, number>();
  for (let step = 0; step < steps; step++) {
    const leaves = leavesOf(blueprint, replica, step);
    const ranges = bucketsOnWire(blueprint.buckets.ranges, job.wire);
    for (const [bucket, { start, end, wire }] of ranges.entries()) {
      const narrow = wire === 'bf16' ? rounded : undefined;
      const parts = leaves.map((leaf) => leaf.subarray(start, end));
      // A microbatch's own gradient is rounded, too, before anything is added to it.
      const travelling = narrow === undefined ? parts : parts.map((part) => part.map(narrow));
      result.set(serialSum(travelling, { start: 0, end: leaves.length }, narrow), start);
      if (bucket < ranges.length - 1) replica.apply(step, bucket, result);
    }
    sums.push(replica.commit(step, result));
    states.push(stateDigest(replica.digests()));
    weights.push(replica.digest());
    held.push(copied());
    if (dueAfter(blueprint.plan, step + 1).evaluate && dataset.validationSamples > 0) {
      evaluations.set(step + 1, evaluated(blueprint, replica));
    }
  }
  const ends = endOf(evaluations, job) ?? steps;
  return { blueprint, steps, ends, states, held, files: new Map(), weights, sums, evaluations };
}

/** After which its patience ends; null: never. */
function endOf(losses: ReadonlyMap<number, number>, { monitor, patience, ...job }: SimulatedJob['job']): number | null {
  if (patience !== null && monitor !== 'loss') throw new Error('nobody counts here what is right');
  const lines = [...losses].map(([step, loss]) => ({ step, epoch: 0, loss, accuracy: 0 }));
  for (let count = 1; count <= lines.length; count++) {
    const stop = earlyStop(lines.slice(0, count), { ...job, monitor, patience });
    if (stop !== null) return stop.step;
  }
  return null;
}

/** The mean loss, chunk by chunk. */
function evaluated(blueprint: Blueprint, replica: Replica): number {
  const { dataset, evaluationChunk, network } = blueprint;
  const parameters = replica.memory.parameters[replica.side];
  const buffers = replica.memory.buffers[replica.side];
  let sum = 0;
  for (const chunk of evaluationChunks(dataset.validationSamples, evaluationChunk)) {
    const { count, images, labels } = samplesAt(blueprint, 0, chunk);
    const outcome = compute(blueprint, count, { images, labels, parameters, buffers, masks: [] });
    sum += sumOf(outcome, labels, count, network.outputs).lossSum;
  }
  return sum / dataset.validationSamples;
}

function leavesOf(blueprint: Blueprint, replica: Replica, step: number): readonly Float32Array[] {
  const { layout, microbatches, network } = blueprint;
  return Array.from({ length: microbatches }, (_, microbatch) => {
    const vector = new Float32Array(layout.length);
    const { count, images, labels } = trainingSamples(blueprint, step, microbatch);
    if (count === 0) return vector;
    const parameters = replica.memory.parameters[replica.side];
    const buffers = replica.memory.buffers[replica.side];
    const sink = { vector, onBucket: () => undefined };
    const outcome = compute(blueprint, count, { images, labels, parameters, buffers, masks: [] }, sink);
    writeTail(vector, layout, outcome.statistics, sumOf(outcome, labels, count, network.outputs));
    return vector;
  });
}
