import { describe, expect, it } from 'vitest';
import { SavePoints } from '../../../src/coordinator/progress/save-points.ts';
import type { TrainingPlan } from '../../../src/shared/plan/schedule.ts';

type Question = 'isLast' | 'lacks' | 'wouldBeBest';
type Answer = (step: number) => boolean;

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

function points(
  plan: TrainingPlan = PLAN,
  { isLast = () => false, lacks = () => false, wouldBeBest = () => false }: Partial<Record<Question, Answer>> = {},
) {
  const saved: number[] = [];
  const savePoints = new SavePoints({
    plan,
    firstStep: 60_000,
    evaluations: { lacks },
    keeper: { checkpoint: (step) => void saved.push(step), wouldBeBest },
    isLast,
    nameOf: (id) => id,
    mostBytes: 1_000,
  });
  savePoints.begin(['a', 'b'], 60_000);
  const tell = (worker: string, step: number, digest = 'a') =>
    savePoints.weights(worker, {
      type: 'weights',
      generation: 1,
      step,
      weightsDigest: digest.repeat(64),
      statisticsDigest: null,
      optimizerDigest: null,
      engineBusy: null,
    });
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
  return { savePoints, told, tell, saved };
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

const file = (step: number) => ({ type: 'state', step, offset: 0, total: 1, data: new Uint8Array(1) }) as const;

describe('what is lacking', () => {
  /** An epoch, and with it an evaluation, after every step; a checkpoint after each seventh. */
  const evaluated = { ...PLAN, evalEvery: 1, checkpointEvery: 7 };
  const CHECKPOINT = 60_004;

  const yes = () => true;
  it.each([
    ['that is on the disk', evaluated, {}, 60_000, false],
    ['after which a checkpoint is due', evaluated, {}, CHECKPOINT, true],
    ['after which nothing is due', { ...evaluated, evalEvery: 0 }, { lacks: yes, wouldBeBest: yes }, 60_001, false],
    ['which was evaluated, and is no better', evaluated, {}, 60_001, false],
    ['which was evaluated, and is better', evaluated, { wouldBeBest: yes }, 60_001, true],
    ['which is still to be evaluated', evaluated, { lacks: yes }, 60_001, true],
    ['with which the run ends', evaluated, { isLast: yes }, 60_001, true],
  ] as const)('is, or is not, the file of a step %s', (_, plan, answers, step, lacking) => {
    expect(points(plan, answers).savePoints.lacks(step)).toBe(lacking);
  });

  it('is what has not come in whole, not what waits for the others or was no better', () => {
    let better = true;
    const { savePoints, tell } = points(evaluated, { wouldBeBest: () => better });
    tell('a', 60_001);
    savePoints.state('a', { ...file(60_001), total: 2 });
    expect(savePoints.lacks(60_001)).toBe(true);
    savePoints.state('a', { ...file(60_001), offset: 1, total: 2 });
    expect(savePoints.lacks(60_001)).toBe(false);
    // The keeper has no use for it.
    better = false;
    tell('b', 60_001);
    expect([savePoints.lacks(60_001), savePoints.handedOver]).toEqual([false, 60_000]);
  });
});

describe('states that differ', () => {
  it.each(['abc', 'bac', 'cba', 'bca'])('are told with the name of the one, when %s have told', (order) => {
    const { savePoints, tell } = points();
    savePoints.begin(['a', 'b', 'c'], 60_000);
    for (const worker of order) tell(worker, 60_001, worker === 'b' ? 'e' : 'd');
    expect(savePoints.difference?.sentence()).toMatch(
      /^After step 60001 the workers hold different weights: d+\.\.\. at [ac], [ac]; e+\.\.\. at b\. b differs from the majority\./,
    );
    for (const worker of order) expect(savePoints.difference?.hasTold(worker)).toBe(true);
  });

  it('are never saved, nor what comes of them, whoever asks for it; what is older is', () => {
    const { savePoints, tell, saved } = points();
    tell('a', 60_001);
    savePoints.state('a', file(60_001));
    tell('a', 60_002);
    tell('b', 60_002, 'b');
    expect(savePoints.difference).not.toBeNull();
    tell('b', 60_001);
    expect(saved).toEqual([60_001]);
    savePoints.state('a', file(60_002));
    for (const worker of ['a', 'b']) tell(worker, 60_003);
    savePoints.state('a', file(60_003));
    savePoints.saveAll();
    expect(saved).toEqual([60_001]);
  });
});
