import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import { buildNetwork } from '../../shared/network/build.ts';
import { type StepBuckets, stepBuckets } from '../../shared/network/buckets.ts';
import { type StepVectorLayout, stepVectorLayout } from '../../shared/network/layout.ts';
import type { Network } from '../../shared/network/network.ts';
import { microbatchSizes, type TrainingPlan } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';

/** What `welcome` says about the run, checked. */
export interface Assignment {
  readonly job: Job;
  readonly dataset: DatasetDescription;
  readonly microbatches: number;
}

/**
 * Everything that follows from the assignment alone. Both threads of a worker draw it up for themselves, and come, like
 * all workers, to the same.
 */
export interface Blueprint extends Assignment {
  readonly network: Network;
  readonly plan: TrainingPlan;
  readonly layout: StepVectorLayout;
  readonly buckets: StepBuckets;
  /** Microbatch sizes of the plan, largest first. */
  readonly sizes: readonly number[];
  /** Samples of a chunk of evaluation. */
  readonly evaluationChunk: number;
}

export function planOf({ job, dataset, microbatches }: Assignment): TrainingPlan {
  return {
    samples: dataset.trainSamples,
    batch: job.batch,
    microbatches,
    epochs: job.epochs,
    maxSteps: job.steps,
    evalEvery: job.evalEvery,
    checkpointEvery: job.checkpointEvery,
  };
}

export function drawBlueprint(assignment: Assignment): Blueprint {
  const { job, dataset, microbatches } = assignment;
  const network = buildNetwork(job, dataset.imageShape, dataset.classes.length);
  const plan = planOf(assignment);
  const layout = stepVectorLayout(network);
  const sizes = microbatchSizes(plan);
  const largest = sizes[0] ?? 1;
  return {
    job,
    dataset,
    microbatches,
    network,
    plan,
    layout,
    buckets: stepBuckets(network, layout),
    sizes,
    evaluationChunk: largest,
  };
}

/** The job comes from another process: it is checked like any other input. */
export function checkJob(job: unknown): Job {
  const parsed = jobSchema.safeParse(job);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new GradsocketError(
    'JOB_NOT_UNDERSTOOD',
    EXIT.configuration,
    `The coordinator's job is not one that this worker knows: ${first?.path.join('.') ?? ''}: ${first?.message ?? ''}. ` +
      'Use the same version of gradsocket at the coordinator and at the worker.',
  );
}
