import { z } from 'zod';

const rate = z.number().min(0).lt(1);
const epochs = z.int().positive();

/**
 * How the weights are updated: everything that PyTorch keeps in an optimizer, a schedule and what stands between them. The
 * job has these settings among its own; defaults that depend on the optimizer are in resolve.ts.
 */
export const recipeSchema = z.strictObject({
  optimizer: z.enum(['sgd', 'adam', 'adamw', 'rmsprop']).default('sgd').describe('optimizer'),
  lr: z
    .union([z.number().positive(), z.literal('auto')])
    .nullable()
    .default(null)
    .describe(
      'learning rate, the highest of the schedule; auto: `launch` tries rates first and takes one; default: 0.03 for sgd, else 0.001',
    ),
  momentum: rate.nullable().default(null).describe('momentum; default: 0.9 for sgd, 0 for rmsprop'),
  dampening: z.number().min(0).max(1).default(0).describe('sgd: share of the gradient kept out of the momentum'),
  nesterov: z.boolean().default(false).describe("sgd: Nesterov's momentum"),
  beta1: rate.default(0.9).describe('adam, adamw: decay of the mean gradient'),
  beta2: rate.default(0.999).describe('adam, adamw: decay of the mean squared gradient'),
  alpha: rate.default(0.99).describe('rmsprop: decay of the mean squared gradient'),
  centred: z.boolean().default(false).describe('rmsprop: divide by the variance of the gradient, not its square'),
  epsilon: z.number().positive().default(1e-8).describe('adam, adamw, rmsprop: added to the denominator'),
  weightDecay: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe('weight decay: added to the gradient, with adamw taken off the weights; default: 0.01 for adamw, else 0'),
  decayExempt: z
    .enum(['none', 'norm-and-bias'])
    .default('none')
    .describe('what weight decay leaves alone: batch norm and biases, or nothing'),
  clipNorm: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .describe("shrink the gradient of a step to this norm where its own is larger; '': never"),
  schedule: z
    .enum(['constant', 'step', 'multi-step', 'cosine', 'one-cycle', 'polynomial', 'range'])
    .default('constant')
    .describe('learning rate schedule; it moves with every step'),
  warmupSteps: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('steps of linear warm-up; default: 0 for sgd and with one-cycle, else 50'),
  scheduleEveryEpochs: epochs
    .nullable()
    .default(null)
    .describe('schedule step: multiply the learning rate by --schedule-gamma every so many epochs'),
  scheduleMilestoneEpochs: z
    .array(epochs)
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe('schedule multi-step: multiply it after each of these epochs'),
  scheduleGamma: z.number().gt(0).max(1).default(0.1).describe('schedules step and multi-step: by how much'),
  scheduleMinLr: z.number().min(0).default(0).describe('schedule cosine: where it ends'),
  schedulePower: z.number().positive().default(1).describe('schedule polynomial: its exponent; 1 is a straight line'),
  oneCycleRise: z.number().min(0).max(1).default(0.3).describe('schedule one-cycle: share of the steps that go up'),
  oneCycleAnneal: z
    .enum(['cosine', 'linear'])
    .default('cosine')
    .describe('schedule one-cycle: shape of its two slopes'),
  oneCycleDivisor: z
    .number()
    .min(1)
    .default(25)
    .describe('schedule one-cycle: it begins at the learning rate divided by this'),
  oneCycleFinalDivisor: z
    .number()
    .min(1)
    .default(10_000)
    .describe('schedule one-cycle: it ends at its beginning divided by this'),
  oneCycleMomentum: rate
    .nullable()
    .default(null)
    .describe('schedule one-cycle: momentum (beta1) at the highest learning rate; default: it does not move'),
  labelSmoothing: rate.default(0).describe('label smoothing'),
});

export type Recipe = Readonly<z.infer<typeof recipeSchema>>;

/** Settings that only some optimizers have. */
export const ONLY_OPTIMIZERS = {
  dampening: ['sgd'],
  nesterov: ['sgd'],
  beta1: ['adam', 'adamw'],
  beta2: ['adam', 'adamw'],
  alpha: ['rmsprop'],
  centred: ['rmsprop'],
  epsilon: ['adam', 'adamw', 'rmsprop'],
} as const satisfies Partial<Record<keyof Recipe, readonly Recipe['optimizer'][]>>;

/** Settings that only some schedules have. */
export const ONLY_SCHEDULES = {
  scheduleEveryEpochs: ['step'],
  scheduleMilestoneEpochs: ['multi-step'],
  scheduleGamma: ['step', 'multi-step'],
  scheduleMinLr: ['cosine'],
  schedulePower: ['polynomial'],
  oneCycleRise: ['one-cycle'],
  oneCycleAnneal: ['one-cycle'],
  oneCycleDivisor: ['one-cycle'],
  oneCycleFinalDivisor: ['one-cycle'],
  oneCycleMomentum: ['one-cycle'],
} as const satisfies Partial<Record<keyof Recipe, readonly Recipe['schedule'][]>>;

/** Whether where a run ends decides the learning rate of every step. The other schedules go on for ever. */
export function scheduleEnds(schedule: Recipe['schedule']): boolean {
  return schedule === 'cosine' || schedule === 'one-cycle' || schedule === 'polynomial' || schedule === 'range';
}
