import type { TrainingPlan } from '../../../src/shared/plan/schedule.ts';

/** Three steps an epoch. */
export const PLAN: TrainingPlan = {
  samples: 10,
  batch: 4,
  microbatches: 2,
  epochs: 9,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: null,
};
