import { describe, expect, it } from 'vitest';
import type { TrainingPlan } from '../../../src/shared/plan/schedule.ts';
import { afterCommit } from '../../../src/worker/session/after-commit.ts';

/** Two epochs of three steps. */
const plan: TrainingPlan = {
  samples: 24,
  batch: 8,
  microbatches: 2,
  epochs: 2,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: null,
};

describe('afterCommit', () => {
  it('goes on within an epoch without further ado', () => {
    expect(afterCommit(plan, 1, false)).toEqual({ evaluate: false, upload: false, complete: false, stopped: false });
  });

  it('evaluates and checkpoints where an epoch ends', () => {
    expect(afterCommit(plan, 3, false)).toEqual({ evaluate: true, upload: true, complete: false, stopped: false });
  });

  it('stops at once, also where an epoch ends', () => {
    for (const committed of [1, 3]) {
      const nothing = { evaluate: false, upload: false, complete: false };
      expect(afterCommit(plan, committed, true)).toEqual({ ...nothing, stopped: true });
    }
  });

  it('is complete after the last step, even if somebody asked to stop in it', () => {
    for (const stop of [true, false]) {
      expect(afterCommit(plan, 6, stop)).toEqual({ evaluate: true, upload: true, complete: true, stopped: false });
    }
  });
});
