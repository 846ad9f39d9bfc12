import type { Job } from './schema.ts';

/** A job in which every default that depends on another setting is filled in. */
export type ResolvedJob = Omit<Job, 'lr'> & {
  readonly init: NonNullable<Job['init']>;
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly warmupSteps: number;
};

const LEARNING_RATE = { sgd: 0.03, adam: 0.001, adamw: 0.001, rmsprop: 0.001 } as const;
const MOMENTUM = { sgd: 0.9, adam: 0, adamw: 0, rmsprop: 0 } as const;
const WEIGHT_DECAY = { sgd: 0, adam: 0, adamw: 0.01, rmsprop: 0 } as const;

/**
 * The first gradients of a network are many times as large as those that follow. Clipping keeps a step of sgd small all the same;
 * those of adam and rmsprop are as long as the rate whatever the gradient is, and go astray until they have averaged a few. How
 * many steps that takes depends on no run's length, so this is a number and no share: a run that is made longer keeps the rates of
 * the steps that it has. One cycle has a slope of its own.
 */
const WARMUP_STEPS = { sgd: 0, adam: 50, adamw: 50, rmsprop: 50 } as const;

export function defaultWarmup({ optimizer, schedule }: Pick<Job, 'optimizer' | 'schedule'>): number {
  return schedule === 'one-cycle' || schedule === 'range' ? 0 : WARMUP_STEPS[optimizer];
}

/**
 * Glorot's values are smaller than He's, and a network that says little at first learns more of photographs. But each layer of relu
 * halves the square of a signal under them: three convolutions do not mind, with six nothing is learned for a long while.
 */
export function defaultInit({ model, channels }: Pick<Job, 'model' | 'channels'>): NonNullable<Job['init']> {
  return model === 'cnn' && channels.length <= 3 ? 'glorot_uniform' : 'he_normal';
}

export function resolveJob(job: Job): ResolvedJob {
  return {
    ...job,
    init: job.init ?? defaultInit(job),
    // One that is still to be found is none yet.
    lr: typeof job.lr === 'number' ? job.lr : LEARNING_RATE[job.optimizer],
    momentum: job.momentum ?? MOMENTUM[job.optimizer],
    warmupSteps: job.warmupSteps ?? defaultWarmup(job),
    weightDecay: job.weightDecay ?? WEIGHT_DECAY[job.optimizer],
  };
}

/**
 * Into how many parts a batch is cut where nobody says. It follows from the batch alone, so that runs without flags have
 * the same bits for every number of workers. Few parts are faster (each costs a call of the engine and an addition of all
 * gradients), many leave work for more workers: 4 as long as that leaves at least 8 samples in each, 8 from 16 samples on;
 * from a batch of 128 on parts grow, their number does not. Even small batches are for two workers. All are powers of two:
 * such a number is dealt evenly to 1, 2, 4 and 8 workers.
 */
export function defaultMicrobatches(batch: number): number {
  if (batch >= 128) return 8;
  if (batch >= 32) return 4;
  return Math.min(batch, 2);
}

/**
 * Threads of one operation with the tensorflow engine, where they decide the bits. The default follows from no machine and
 * no number of workers. The bits of the other engines depend on no threads.
 */
export function tensorflowThreads({ threads }: Pick<Job, 'threads'>): number {
  return threads ?? 1;
}

/** Whether the workers of a job may come to compute with TensorFlow. */
export function maybeTensorflow({ engine }: Pick<Job, 'engine'>): boolean {
  return engine === 'auto' || engine === 'tensorflow';
}
