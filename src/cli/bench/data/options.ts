import { z } from 'zod';
import { augmentationSchema } from '../../../shared/job/augmentation.ts';
import { workerOptions } from '../../../shared/job/options.ts';
import { jobSchema } from '../../../shared/job/schema.ts';

export const dataBenchOptions = z.strictObject({
  data: z
    .string()
    .min(1)
    .meta({ isPath: true })
    .nullable()
    .default(null)
    .describe('a dataset as for launch; default: one made up'),
  synthetic: z
    .enum(['raw', 'jpeg'])
    .default('jpeg')
    .describe('what is made up: raw 32x32x3 pixels, or JPEG files of 128x128'),
  samples: z.int().min(20).max(200_000).default(2000).describe('how many images are made up'),
  imageSize: jobSchema.shape.imageSize.default(32).describe('pixels a side that images are decoded to'),
  ...augmentationSchema.shape,
  batch: z.int().positive().default(64).describe('samples in a microbatch'),
  epochs: z.int().min(1).default(3).describe('passes over the samples; the first one decodes them'),
  pace: z.number().positive().default(40).describe('milliseconds that an engine computes for each microbatch'),
  cacheMemory: workerOptions.shape.cacheMemory,
});
export type DataBenchOptions = z.infer<typeof dataBenchOptions>;
