import type { Job } from './schema.ts';

/** A job in which nothing is left to what happens at the start: what job.yaml holds and what workers are told. */
export type CompleteJob = Job & { readonly microbatches: number };
