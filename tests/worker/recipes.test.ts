import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/shared/job/schema.ts';
import { conflictIn } from '../../src/shared/job/checks.ts';
import { finalDigest, history } from './support/history.ts';
import { smallAssignment } from './support/assignment.ts';
import { runToEnd } from './support/local-worker.ts';

const CLASS_WEIGHTS = [0.3, 2.5, 0];

/** Every rule with all that it keeps between steps, and every schedule. Two epochs of three steps. */
const recipes: readonly (readonly [string, Partial<Job>, (readonly number[])?])[] = [
  ['sgd without momentum, clipped', { momentum: 0, clipNorm: 0.5 }],
  ['sgd, damped, biases exempt from weight decay', { dampening: 0.5, weightDecay: 0.1, decayExempt: 'norm-and-bias' }],
  ['sgd with Nesterov, clipped, by steps', { nesterov: true, clipNorm: 1, schedule: 'step', scheduleEveryEpochs: 1 }],
  [
    'adam, clipped, by milestones',
    { optimizer: 'adam', clipNorm: 1, schedule: 'multi-step', scheduleMilestoneEpochs: [1] },
  ],
  ['adamw, half a cosine', { optimizer: 'adamw', weightDecay: 0.5, schedule: 'cosine', warmupSteps: 2 }],
  ['adam, one cycle of beta1', { optimizer: 'adam', schedule: 'one-cycle', oneCycleMomentum: 0.8 }],
  ['sgd, one cycle of momentum', { schedule: 'one-cycle', oneCycleMomentum: 0.8, warmupSteps: 1 }],
  ['rmsprop, a polynomial', { optimizer: 'rmsprop', schedule: 'polynomial', schedulePower: 2, warmupSteps: 1 }],
  ['rmsprop, centred, with momentum, clipped', { optimizer: 'rmsprop', momentum: 0.9, centred: true, clipNorm: 0.5 }],
  ['sgd, classes weighted', {}, CLASS_WEIGHTS],
  [
    'adam, clipped, labels smoothed, classes weighted',
    { optimizer: 'adam', clipNorm: 0.5, labelSmoothing: 0.1 },
    CLASS_WEIGHTS,
  ],
];
const MICROBATCHES = 4;
const assignmentOf = (recipe: Partial<Job>, classWeights?: readonly number[]) => {
  const assignment = smallAssignment({ ...recipe, microbatches: MICROBATCHES });
  return classWeights === undefined
    ? assignment
    : { ...assignment, dataset: { ...assignment.dataset, classWeights: [...classWeights] } };
};

const named = recipes.map(([name, recipe, classWeights]) => ({ name, recipe, classWeights }));

describe.each(named)('with $name', ({ recipe, classWeights }) => {
  const assignment = assignmentOf(recipe, classWeights);
  const alone = runToEnd({ assignment, workers: 1 });

  it('the settings go together', () => {
    expect(conflictIn(assignment.job, MICROBATCHES)).toBeNull();
  });

  it.each([2, 3, 4])('%i workers make the same weights as one', async (workers) => {
    expect(finalDigest(await runToEnd({ assignment, workers }))).toBe(finalDigest(await alone));
  });

  it('a run that is stopped twice and goes on ends with the same weights', async () => {
    const resumed = await history(assignment, [{ workers: 2, drainAt: 1 }, { workers: 1, drainAt: 4 }, { workers: 3 }]);
    expect(finalDigest(resumed)).toBe(finalDigest(await alone));
  });
});

it('each recipe makes weights of its own', async () => {
  const all: typeof recipes = [['', {}], ...recipes];
  const runs = all.map(([, recipe, classWeights]) =>
    runToEnd({ assignment: assignmentOf(recipe, classWeights), workers: 1 }),
  );
  const digests = (await Promise.all(runs)).map(finalDigest);
  expect(new Set(digests).size).toBe(digests.length);
});

describe('the norm of the gradient', () => {
  const reports = async (recipe: Partial<Job>, workers: number) => {
    const { coordinator } = await runToEnd({ assignment: assignmentOf(recipe), workers });
    return coordinator.all('step').map(({ step, gradientNorm }) => ({ step, gradientNorm }));
  };

  it('is reported for every step, the same by all workers, however many', async () => {
    const [one, three] = [await reports({}, 1), await reports({}, 3)];
    expect(one.every(({ gradientNorm }) => gradientNorm > 0)).toBe(true);
    for (const report of three) expect(report).toEqual(one[report.step]);
    expect(three).toHaveLength(3 * one.length);
  });

  it('is that before clipping, and clipping to more than it changes nothing', async () => {
    const first = (await reports({}, 1))[0]!;
    const half = { clipNorm: first.gradientNorm / 2 };
    expect((await reports(half, 1))[0]).toEqual(first);
    const wide = await runToEnd({ assignment: assignmentOf({ clipNorm: 1e9 }), workers: 2 });
    const off = await runToEnd({ assignment: assignmentOf({ clipNorm: null }), workers: 1 });
    expect(finalDigest(wide)).toBe(finalDigest(off));
    expect(finalDigest(await runToEnd({ assignment: assignmentOf(half), workers: 1 }))).not.toBe(finalDigest(off));
  });
});

describe('a moving average of the weights', () => {
  it('is evaluated in their place, and changes nothing of the training', async () => {
    const plain = await runToEnd({ assignment: assignmentOf({}), workers: 2 });
    const averaged = await runToEnd({ assignment: assignmentOf({ ema: 0.9 }), workers: 2 });
    expect(finalDigest(averaged)).toBe(finalDigest(plain));
    const lossOf = ({ coordinator }: typeof plain) =>
      coordinator.all('evaluated').flatMap(({ chunks }) => chunks.map(({ lossSum }) => lossSum));
    expect(lossOf(averaged)).not.toEqual(lossOf(plain));
  });

  it('is the same for every number of workers, and after a break, as the whole state is', async () => {
    const assignment = assignmentOf({ ema: 0.9, freeze: 'conv1' });
    const state = ({ coordinator }: Awaited<ReturnType<typeof runToEnd>>) =>
      coordinator.all('weights').at(-1)?.optimizerDigest;
    const one = state(await runToEnd({ assignment, workers: 1 }));
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(state(await runToEnd({ assignment, workers: 3 }))).toBe(one);
    expect(state(await history(assignment, [{ workers: 2, drainAt: 2 }, { workers: 3 }]))).toBe(one);
  });
});
