import type { GivenWeights } from '../../coordinator/opening/given-weights.ts';
import { firstState } from './first-state.ts';
import { preparedJob } from './prepared-job.ts';

/** Weights from the file that `--weights` names. */
export const givenWeights: GivenWeights = { prepare: preparedJob, firstState };
