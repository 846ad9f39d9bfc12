import { type ResolvedJob, resolveJob } from '../../shared/job/resolve.ts';
import type { Job } from '../../shared/job/schema.ts';
import type { Kernels } from '../../collective/kernels/kernels.ts';
import type { Network } from '../../shared/network/network.ts';
import { adam } from './adam.ts';
import { withAverage } from './average.ts';
import type { Optimizer, UpdateRule } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';
import { decayRanges, withDecay } from './weight-decay.ts';

/** The job's optimizer for a network. */
export function createOptimizer(job: Job, network: Network, kernels: Kernels): Optimizer {
  const resolved = resolveJob(job);
  const optimizer = withDecay(
    ruleOf(resolved, kernels),
    decayRanges(network, resolved.weightDecay, resolved.decayExempt),
  );
  return job.ema === null ? optimizer : withAverage(optimizer, job.ema);
}

/** The job's rule, as PyTorch defines it. */
export function ruleOf(job: ResolvedJob, kernels: Kernels): UpdateRule {
  const { dampening, nesterov, beta2, epsilon, alpha, centred } = job;
  const moving = job.momentum > 0;
  switch (job.optimizer) {
    case 'sgd':
      return sgd({ moving, dampening, nesterov }, kernels);
    case 'adam':
      return adam({ beta2, epsilon, decoupled: false }, kernels);
    case 'adamw':
      return adam({ beta2, epsilon, decoupled: true }, kernels);
    case 'rmsprop':
      return rmsprop({ alpha, epsilon, moving, centred }, kernels);
  }
}
