import { type ResolvedJob, resolveJob } from '../../shared/job/resolve.ts';
import type { Job } from '../../shared/job/schema.ts';
import { stepsPerEpoch, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { oneCycle } from './one-cycle.ts';
import type { ScheduledStep } from './scheduled-step.ts';

/**
 * The schedules of torch.optim.lr_scheduler, moved on after every step. `step` counts from 0.
 *
 * A warm-up climbs in equal steps and reaches the schedule's first rate with its last step (`LinearLR` with
 * start_factor 1/W and total_iters W-1). Schedules that end then share out the steps that are left (`SequentialLR`);
 * those that count epochs count those of the run, warm-up included (`ChainedScheduler`).
 */
export function scheduled(job: Job, plan: TrainingPlan, step: number): ScheduledStep {
  const resolved = resolveJob(job);
  const { warmupSteps } = resolved;
  const constant = momentumOf(resolved);
  const epoch = Math.floor(step / stepsPerEpoch(plan));
  const warmup = step < warmupSteps ? (step + 1) / warmupSteps : 1;
  const length = Math.max(1, totalSteps(plan) - warmupSteps);
  const after = Math.max(0, step - warmupSteps);
  const rest = curve(resolved, { after, length, epoch });
  return { learningRate: warmup * rest.learningRate, momentum: rest.momentum ?? constant };
}

export function learningRate(job: Job, plan: TrainingPlan, step: number): number {
  return scheduled(job, plan, step).learningRate;
}

function momentumOf({ optimizer, momentum, beta1 }: ResolvedJob): number {
  return optimizer === 'adam' || optimizer === 'adamw' ? beta1 : momentum;
}

/** A range test begins at the rate at which it ends divided by this. */
const RANGE = 100_000;

interface Place {
  /** Steps since the warm-up, of `length`. */
  readonly after: number;
  readonly length: number;
  /** The epoch that this step belongs to, counted over the whole run. */
  readonly epoch: number;
}

function curve(job: ResolvedJob, { after, length, epoch }: Place): { learningRate: number; momentum?: number } {
  const { lr } = job;
  switch (job.schedule) {
    case 'constant':
      return { learningRate: lr };
    case 'step':
      return { learningRate: lr * job.scheduleGamma ** Math.floor(epoch / job.scheduleEveryEpochs!) };
    case 'multi-step': {
      const passed = job.scheduleMilestoneEpochs!.filter((milestone) => milestone <= epoch).length;
      return { learningRate: lr * job.scheduleGamma ** passed };
    }
    case 'cosine': {
      const { scheduleMinLr: lowest } = job;
      const progress = Math.min(1, after / length);
      return { learningRate: lowest + ((lr - lowest) * (1 + Math.cos(Math.PI * progress))) / 2 };
    }
    case 'polynomial':
      return { learningRate: lr * (1 - Math.min(1, after / length)) ** job.schedulePower };
    case 'range':
      return { learningRate: lr / RANGE ** (1 - Math.min(1, after / Math.max(1, length - 1))) };
    case 'one-cycle':
      return oneCycle(job, momentumOf(job), after, length);
  }
}
