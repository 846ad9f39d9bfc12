import { z } from 'zod';
import { augmentationSchema } from '../../../shared/job/augmentation.ts';
import { launchOptions } from '../../../shared/job/options.ts';
import { jobSchema } from '../../../shared/job/schema.ts';

const job = jobSchema.pick({
  imageSize: true,
  model: true,
  channels: true,
  dense: true,
  dropout: true,
  activation: true,
  optimizer: true,
  microbatches: true,
  engine: true,
  precision: true,
  topology: true,
  wire: true,
});

/** What of them is part of the job as it stands. */
export const benchedJob = z.strictObject({ ...augmentationSchema.shape, ...job.shape });

export const trainBenchOptions = z.strictObject({
  workers: z.int().positive().max(256).default(2).describe('worker processes'),
  threads: z.int().positive().max(1024).default(1).describe('threads of each worker'),
  cores: z
    .int()
    .positive()
    .max(1024)
    .nullable()
    .default(null)
    .describe('cores that each worker may use; default: as many as threads'),
  batch: z.int().positive().default(64).describe('samples a step of each worker'),
  steps: z.int().positive().default(40).describe('steps that are timed'),
  warmup: z.int().min(1).default(10).describe('steps before them'),
  data: z
    .string()
    .min(1)
    .meta({ isPath: true })
    .nullable()
    .default(null)
    .describe('a dataset as for launch; default: one made up'),
  synthetic: z
    .enum(['raw', 'jpeg'])
    .default('raw')
    .describe('what is made up: raw 32x32x3 pixels, or JPEG files of 128x128'),
  samples: z.int().min(20).max(200_000).default(2048).describe('how many images are made up'),
  ...benchedJob.shape,
  microbatches: job.shape.microbatches.describe(
    'parts of the batch of all workers; default: one for each worker, as in DDP',
  ),
  cacheMemory: launchOptions.shape.cacheMemory,
  trace: launchOptions.shape.trace,
});
export type TrainBenchOptions = z.infer<typeof trainBenchOptions>;
