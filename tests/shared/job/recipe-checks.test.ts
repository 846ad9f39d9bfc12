import { describe, expect, it } from 'vitest';
import { conflictIn } from '../../../src/shared/job/checks.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const messageOf = (fields: object) => conflictIn(jobSchema.parse(fields), null)?.message;

describe('settings of a recipe', () => {
  it.each([
    [
      { optimizer: 'adam', momentum: 0.9 },
      '--momentum 0.9 has no meaning with --optimizer adam, which has moments of its own. Leave it out, or choose sgd or rmsprop.',
    ],
    [
      { optimizer: 'adamw', momentum: 0.5 },
      '--momentum 0.5 has no meaning with --optimizer adamw, which has moments of its own. Leave it out, or choose sgd or rmsprop.',
    ],
    [{ dampening: 0.1, nesterov: true }, '--dampening 0.1 and --nesterov exclude each other. Leave one of them out.'],
    [
      { momentum: 0, nesterov: true },
      '--nesterov changes momentum, but --momentum is 0. Raise it, or leave the other out.',
    ],
    [
      { momentum: 0, dampening: 0.5 },
      '--dampening 0.5 changes momentum, but --momentum is 0. Raise it, or leave the other out.',
    ],
    [{ beta1: 0.8 }, '--beta1 0.8 is a setting of --optimizer adam or adamw, but it is sgd. Leave one of them out.'],
    [
      { optimizer: 'adam', centred: true },
      '--centered is a setting of --optimizer rmsprop, but it is adam. Leave one of them out.',
    ],
    [
      { optimizer: 'rmsprop', nesterov: true },
      '--nesterov is a setting of --optimizer sgd, but it is rmsprop. Leave one of them out.',
    ],
    [
      { scheduleMilestoneEpochs: [3, 5] },
      '--schedule-milestone-epochs 3,5 is a setting of --schedule multi-step, but it is constant. Leave one of them out.',
    ],
    [
      { schedule: 'cosine', scheduleGamma: 0.5 },
      '--schedule-gamma 0.5 is a setting of --schedule step or multi-step, but it is cosine. Leave one of them out.',
    ],
    [{ schedule: 'step' }, '--schedule step does not say when. Add --schedule-every-epochs, such as 10.'],
    [
      { schedule: 'multi-step' },
      '--schedule multi-step does not say when. Add --schedule-milestone-epochs, such as 5,8.',
    ],
    [
      { schedule: 'multi-step', scheduleMilestoneEpochs: [2, 2] },
      '--schedule-milestone-epochs 2,2 do not increase. Write each epoch once, the earliest first.',
    ],
    [
      { schedule: 'multi-step', scheduleMilestoneEpochs: [5, 2] },
      '--schedule-milestone-epochs 5,2 do not increase. Write each epoch once, the earliest first.',
    ],
    [
      { schedule: 'multi-step', scheduleMilestoneEpochs: [20, 30] },
      '--schedule-milestone-epochs 20,30 is never reached in --epochs 20, so the learning rate would not change. Lower it, or raise --epochs.',
    ],
    [
      { schedule: 'step', scheduleEveryEpochs: 3, epochs: 3 },
      '--schedule-every-epochs 3 is never reached in --epochs 3, so the learning rate would not change. Lower it, or raise --epochs.',
    ],
    [
      { schedule: 'cosine', scheduleMinLr: 0.03 },
      '--schedule-min-lr 0.03 does not lie below --lr 0.03. Lower it, or raise --lr.',
    ],
    [
      { schedule: 'one-cycle', oneCycleMomentum: 0.95 },
      '--one-cycle-momentum 0.95 does not lie below --momentum 0.9, from which it falls and to which it returns. Lower it, or leave it out.',
    ],
    [
      { schedule: 'one-cycle', oneCycleMomentum: 0.85, optimizer: 'adam', beta1: 0.8 },
      '--one-cycle-momentum 0.85 does not lie below --beta1 0.8, from which it falls and to which it returns. Lower it, or leave it out.',
    ],
    [
      { warmupSteps: 20, steps: 20 },
      '--warmup-steps 20 leaves nothing of the 20 steps of the run. Lower it, or raise --steps.',
    ],
  ])('%j do not go together', (fields, message) => {
    expect(messageOf(fields)).toBe(message);
  });

  it.each([
    { optimizer: 'adam', momentum: 0 },
    { optimizer: 'adamw', beta1: 0.8, epsilon: 1e-6, clipNorm: 1 },
    { optimizer: 'rmsprop', momentum: 0.9, centred: true, alpha: 0.9 },
    { momentum: 0, weightDecay: 0.1, decayExempt: 'norm-and-bias' },
    { schedule: 'step', scheduleEveryEpochs: 9 },
    { schedule: 'multi-step', scheduleMilestoneEpochs: [9, 99] },
    { schedule: 'one-cycle', optimizer: 'adam', oneCycleMomentum: 0.85 },
    { warmupSteps: 19, steps: 20 },
    // How many steps there are, only the dataset says.
    { warmupSteps: 1_000_000 },
    // Nobody asked for the default one: a run that is shorter is a trial.
    { optimizer: 'adam', steps: 3 },
    { optimizer: 'adam', warmupSteps: null, steps: 3 },
  ])('%j do', (fields) => {
    expect(messageOf(fields)).toBeUndefined();
  });
});
