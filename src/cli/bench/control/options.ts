import { z } from 'zod';
import { jobSchema } from '../../../shared/job/schema.ts';

export const controlBenchOptions = z.strictObject({
  workers: z.int().min(2).max(8192).default(1000).describe('simulated workers'),
  steps: z.int().positive().default(20).describe('steps that all of them report'),
  topology: jobSchema.shape.topology.default('mesh'),
});
export type ControlBenchOptions = z.infer<typeof controlBenchOptions>;
