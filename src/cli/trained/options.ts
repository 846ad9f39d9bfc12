import { z } from 'zod';
import { jobSchema } from '../../shared/job/schema.ts';

/** Settings that predict, eval and export share. */
export const modelOptions = z.strictObject({
  checkpoint: z
    .string()
    .min(1)
    .meta({ expects: 'best, newest, or the path of a checkpoint', isPath: true })
    .default('best')
    .describe('which weights: best (by what --monitor watched), newest, or a file'),
});

/** What predict and eval have in common about the images. */
export const imageOptions = z.strictObject({
  maxPixels: jobSchema.shape.maxPixels
    .unwrap()
    .nullable()
    .default(null)
    .describe('an image of more pixels than this is not decoded; default: as in the run'),
});

export const engineOptions = z.strictObject({
  ...modelOptions.shape,
  engine: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('engine'),
  threads: z.int().positive().max(1024).nullable().default(null).describe('threads; default: all cores'),
  json: z.boolean().default(false).describe('print JSON'),
});
