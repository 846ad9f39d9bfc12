import { z } from 'zod';
import { jobSchema } from '../../../shared/job/schema.ts';

export const allReduceBenchOptions = z.strictObject({
  workers: z.int().min(1).max(64).default(2).describe('processes that sum their vectors'),
  sizes: z
    .array(z.int().positive().max(500_000_000))
    .min(1)
    .default([11_173_962])
    .describe('floats in the vector, one or several; ResNet-18 has 11173962'),
  topology: z.enum(['mesh', 'star']).default('mesh').describe('between workers (mesh) or through a hub (star)'),
  wire: jobSchema.shape.wire,
  bucketFloats: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('cut the vector into buckets of so many floats, as workers do (1048576), instead of one'),
  runs: z.int().positive().default(30).describe('all-reduces that are timed'),
  namespaces: z
    .string()
    .regex(/^[a-z]{1,10}$/)
    .meta({ expects: 'up to 10 small letters' })
    .nullable()
    .default(null)
    .describe('run rank N in the network namespace <this>N, as bench/netns-allreduce.sh makes them'),
  warmup: z.int().min(0).default(60).describe('all-reduces before them: the first ones run in unoptimized code'),
});
export type AllReduceBenchOptions = z.infer<typeof allReduceBenchOptions>;
