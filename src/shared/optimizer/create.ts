import { resolveJob } from '../job/resolve.ts';
import type { Job } from '../job/schema.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { adam } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** The job's optimiser, with PyTorch's values for what a job cannot set. */
export function createOptimizer(job: Job, kernels: Kernels): Optimizer {
  const { optimizer, momentum, weightDecay } = resolveJob(job);
  switch (optimizer) {
    case 'sgd':
      return sgd({ momentum, dampening: 0, nesterov: false, weightDecay }, kernels);
    case 'adam':
      return adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }, kernels);
    case 'rmsprop':
      return rmsprop({ alpha: 0.99, epsilon: 1e-8, momentum, centred: false, weightDecay }, kernels);
  }
}
