import type { CompleteJob } from '../../shared/job/complete.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';

/** What a run begins with that does not begin with initial values: a checkpoint before the first step. */
export interface FirstState {
  /** With the digest of the file, which decides the weights of the run as its seed does. */
  readonly job: CompleteJob;
  readonly bytes: Uint8Array;
  readonly weightsDigest: string;
  /** What somebody should know about the file. */
  readonly notices: readonly string[];
}

/**
 * What a run begins with, as its job says it. Given by whoever starts a coordinator, which knows nothing of other programs' weights
 * itself. Both throw a GradsocketError where the file cannot be read or does not fit.
 */
export interface GivenWeights {
  /** The job of a new run with its images prepared as the weights need them, and what to tell about that. */
  prepare(job: CompleteJob): Promise<{ readonly job: CompleteJob; readonly notices: readonly string[] }>;
  /** Null: the run begins with initial values. */
  firstState(job: CompleteJob, dataset: DatasetDescription): Promise<FirstState | null>;
}

/** For runs whose jobs name no weights. */
export const NO_WEIGHTS: GivenWeights = {
  prepare: async (job) => ({ job, notices: [] }),
  firstState: async () => null,
};
