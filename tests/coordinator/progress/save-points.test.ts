import { expect, it } from 'vitest';
import { SavePoints } from '../../../src/coordinator/progress/save-points.ts';
import type { TrainingPlan } from '../../../src/shared/plan/schedule.ts';

/** A checkpoint after every step. */
const PLAN: TrainingPlan = {
  samples: 64,
  batch: 64,
  microbatches: 1,
  epochs: 100_000,
  maxSteps: null,
  evalEvery: 0,
  checkpointEvery: 1,
};

function points(plan: TrainingPlan = PLAN) {
  const savePoints = new SavePoints({
    plan,
    firstStep: 60_000,
    evaluations: { lacks: () => false },
    keeper: { checkpoint: () => undefined, candidate: () => false },
    nameOf: (id) => id,
    mostBytes: 1_000,
  });
  savePoints.begin(['a', 'b'], 60_000);
  const told = (step: number, engineBusy: boolean | null = null) =>
    savePoints.weights('a', {
      type: 'weights',
      generation: 1,
      step,
      weightsDigest: 'a'.repeat(64),
      statisticsDigest: null,
      optimizerDigest: null,
      engineBusy,
    });
  return { savePoints, told };
}

it('keeps nothing of 50,000 steps that are long on record, and is done with them at once', () => {
  const { savePoints, told } = points();
  const began = performance.now();
  for (let step = 1; step <= 50_000; step++) told(step);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(savePoints.digestOf(50_000)).toBeNull();
});

it.each([
  ['that the plan does not have', PLAN, 100_001, null],
  ['that the plan does not have, in answer to a halt', PLAN, 100_001, false],
  ['after which nothing is due', { ...PLAN, checkpointEvery: 7 }, 70_001, null],
  ['before the first', PLAN, 0, null],
] as const)('refuses digests of a step %s', (_, plan, step, engineBusy) => {
  expect(() => points(plan).told(step, engineBusy)).toThrow(expect.objectContaining({ close: 'malformed' }));
});

it('refuses a file that is larger than any of this network', () => {
  const part = { type: 'state', step: 60_001, offset: 0, data: new Uint8Array(1) } as const;
  const { savePoints } = points();
  expect(() => savePoints.state('a', { ...part, total: 1_001 })).toThrow(expect.objectContaining({ close: 'refused' }));
  savePoints.state('a', { ...part, total: 1_000 });
});
