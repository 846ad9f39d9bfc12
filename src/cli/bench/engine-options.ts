import { z } from 'zod';
import { jobSchema } from '../../shared/job/schema.ts';

export const engineBenchOptions = z.strictObject({
  ...jobSchema.pick({ model: true, channels: true, dense: true, dropout: true, activation: true, init: true }).shape,
  ...jobSchema.pick({ engine: true, precision: true }).shape,
  optimizer: jobSchema.shape.optimizer
    .unwrap()
    .nullable()
    .default(null)
    .describe('also updates the parameters, after each step; without it they stay as they are'),
  batch: z.int().positive().default(64).describe('samples a step'),
  imageSize: z.int().min(8).max(1024).default(32).describe('height and width of an image'),
  imageChannels: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe('1 for gray images, 3 for color'),
  classes: z.int().min(2).default(10).describe('number of classes'),
  threads: z.int().positive().default(1).describe('threads'),
  steps: z.int().positive().default(20).describe('steps that are timed'),
  warmup: z.int().min(0).default(3).describe('steps before them'),
});
export type EngineBenchOptions = z.infer<typeof engineBenchOptions>;
