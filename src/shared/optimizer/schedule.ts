import { resolveJob } from '../job/resolve.ts';
import type { Job } from '../job/schema.ts';

/**
 * Learning rate of step `step` (from 0) out of `totalSteps`. Linear warm-up reaches the full rate with its last step;
 * then constant, or half a cosine that would be zero at step `totalSteps`.
 */
export function learningRate(job: Job, totalSteps: number, step: number): number {
  const base = resolveJob(job).lr;
  if (step < job.warmupSteps) return (base * (step + 1)) / job.warmupSteps;
  switch (job.schedule) {
    case 'constant':
      return base;
    case 'cosine': {
      const length = totalSteps - job.warmupSteps;
      const progress = Math.min(1, (step - job.warmupSteps) / length);
      return (base * (1 + Math.cos(Math.PI * progress))) / 2;
    }
  }
}
