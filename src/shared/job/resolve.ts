import type { Job } from './schema.ts';

/** A job in which every default that depends on another setting is filled in. */
export type ResolvedJob = Job & { readonly lr: number; readonly momentum: number; readonly weightDecay: number };

const LEARNING_RATE = { sgd: 0.01, adam: 0.001, adamw: 0.001, rmsprop: 0.001 } as const;
const MOMENTUM = { sgd: 0.9, adam: 0, adamw: 0, rmsprop: 0 } as const;
const WEIGHT_DECAY = { sgd: 0, adam: 0, adamw: 0.01, rmsprop: 0 } as const;

export function resolveJob(job: Job): ResolvedJob {
  return {
    ...job,
    lr: job.lr ?? LEARNING_RATE[job.optimizer],
    momentum: job.momentum ?? MOMENTUM[job.optimizer],
    weightDecay: job.weightDecay ?? WEIGHT_DECAY[job.optimizer],
  };
}

/**
 * Into how many parts a batch is cut where nobody says. It follows from the batch alone, so that runs without flags have
 * the same bits for every number of workers. Few parts are faster (each costs a call of the engine and an addition of all
 * gradients), many leave work for more workers: 4 as long as that leaves at least 8 samples in each, 8 from 16 samples on;
 * from a batch of 128 on parts grow, their number does not. Even small batches are for two workers. All are powers of two:
 * such a number is dealt evenly to 1, 2, 4 and 8 workers.
 */
export function defaultMicrobatches(batch: number): number {
  if (batch >= 128) return 8;
  if (batch >= 32) return 4;
  return Math.min(batch, 2);
}

/**
 * Threads of one operation with the tensorflow engine, where they decide the bits. The default follows from no machine and
 * no number of workers. The bits of the other engines depend on no threads.
 */
export function tensorflowThreads({ threads }: Pick<Job, 'threads'>): number {
  return threads ?? 1;
}

/** Whether the workers of a job may come to compute with TensorFlow. */
export function maybeTensorflow({ engine }: Pick<Job, 'engine'>): boolean {
  return engine === 'auto' || engine === 'tensorflow';
}
