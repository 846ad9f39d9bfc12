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
