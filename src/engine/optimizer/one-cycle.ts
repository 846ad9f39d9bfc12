import type { ResolvedJob } from '../../shared/job/resolve.ts';
import type { ScheduledStep } from './scheduled-step.ts';

type OneCycle = Pick<
  ResolvedJob,
  'lr' | 'oneCycleRise' | 'oneCycleAnneal' | 'oneCycleDivisor' | 'oneCycleFinalDivisor' | 'oneCycleMomentum'
>;

/**
 * torch.optim.lr_scheduler.OneCycleLR: up to the learning rate, then down to far below where it began, while momentum goes
 * the other way between `highest` and the job's lowest.
 */
export function oneCycle(job: OneCycle, highest: number, step: number, steps: number): ScheduledStep {
  const { lr, oneCycleRise, oneCycleAnneal, oneCycleDivisor, oneCycleFinalDivisor } = job;
  const lowest = job.oneCycleMomentum ?? highest;
  const first = lr / oneCycleDivisor;
  const last = first / oneCycleFinalDivisor;
  // The step with the highest rate; a fraction, as PyTorch has it.
  const top = oneCycleRise * steps - 1;
  const between = oneCycleAnneal === 'linear' ? line : halfCosine;
  if (step <= top) {
    const progress = top === 0 ? 1 : step / top;
    return { learningRate: between(first, lr, progress), momentum: between(highest, lowest, progress) };
  }
  const progress = Math.min(1, (step - top) / (steps - 1 - top));
  return { learningRate: between(lr, last, progress), momentum: between(lowest, highest, progress) };
}

function line(from: number, to: number, progress: number): number {
  return from + (to - from) * progress;
}

function halfCosine(from: number, to: number, progress: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * progress));
}
