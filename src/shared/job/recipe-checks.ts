import type { Conflict } from './conflict.ts';
import { ONLY_OPTIMIZERS, ONLY_SCHEDULES, recipeSchema } from './recipe.ts';
import { defaultWarmup, resolveJob } from './resolve.ts';
import type { Job } from './schema.ts';
import { textOf } from './values.ts';
import { plural } from '../plural.ts';
import { flagName } from './flag-name.ts';

/** What the settings of the recipe say against each other; null: nothing. */
export function recipeConflict(job: Job): Conflict | null {
  return momentumConflict(job) ?? settingOfAnother(job) ?? scheduleConflict(job) ?? warmupConflict(job);
}

/** PyTorch refuses the same. */
function momentumConflict(job: Job): Conflict | null {
  const { optimizer, dampening, nesterov } = job;
  const { momentum } = resolveJob(job);
  if ((optimizer === 'adam' || optimizer === 'adamw') && momentum !== 0) {
    return {
      keys: ['momentum', 'optimizer'],
      message:
        `--momentum ${momentum} has no meaning with --optimizer ${optimizer}, which has moments of its own. ` +
        'Leave it out, or choose sgd or rmsprop.',
    };
  }
  if (optimizer !== 'sgd') return null;
  if (nesterov && dampening > 0) {
    return {
      keys: ['dampening', 'nesterov'],
      message: `--dampening ${dampening} and --nesterov exclude each other. Leave one of them out.`,
    };
  }
  if (momentum === 0 && (nesterov || dampening > 0)) {
    return {
      keys: ['momentum', nesterov ? 'nesterov' : 'dampening'],
      message: `${nesterov ? '--nesterov' : `--dampening ${dampening}`} changes momentum, but --momentum is 0. Raise it, or leave the other out.`,
    };
  }
  return null;
}

/** A setting that the chosen optimizer or schedule does not have, and that does not stand at its default. */
function settingOfAnother(job: Job): Conflict | null {
  const defaults = recipeSchema.parse({});
  const tables = [
    ['optimizer', ONLY_OPTIMIZERS],
    ['schedule', ONLY_SCHEDULES],
  ] as const;
  for (const [choice, table] of tables) {
    const chosen = job[choice];
    for (const [key, owners] of Object.entries(table) as [keyof typeof defaults, readonly string[]][]) {
      if (owners.includes(chosen) || textOf(job[key]) === textOf(defaults[key])) continue;
      return {
        keys: [key, choice],
        message:
          `${given(job, key)} is a setting of --${choice} ${owners.join(' or ')}, but it is ${chosen}. ` +
          'Leave one of them out.',
      };
    }
  }
  return null;
}

function scheduleConflict(job: Job): Conflict | null {
  switch (job.schedule) {
    case 'step': {
      const every = job.scheduleEveryEpochs;
      if (every === null) return lacking(job, 'scheduleEveryEpochs', '10');
      return every < job.epochs ? null : neverReached(job, 'scheduleEveryEpochs');
    }
    case 'multi-step': {
      const milestones = job.scheduleMilestoneEpochs;
      if (milestones === null) return lacking(job, 'scheduleMilestoneEpochs', '5,8');
      if (milestones.some((milestone, i) => i > 0 && milestone <= milestones[i - 1]!)) {
        return {
          keys: ['scheduleMilestoneEpochs'],
          message: `${given(job, 'scheduleMilestoneEpochs')} do not increase. Write each epoch once, the earliest first.`,
        };
      }
      return milestones[0]! < job.epochs ? null : neverReached(job, 'scheduleMilestoneEpochs');
    }
    case 'cosine': {
      const { lr } = resolveJob(job);
      if (job.scheduleMinLr < lr) return null;
      return {
        keys: ['scheduleMinLr', 'lr'],
        message: `--schedule-min-lr ${job.scheduleMinLr} does not lie below --lr ${lr}. Lower it, or raise --lr.`,
      };
    }
    case 'one-cycle':
      return oneCycleConflict(job);
    case 'constant':
    case 'polynomial':
    case 'range':
      return null;
  }
}

function oneCycleConflict(job: Job): Conflict | null {
  const low = job.oneCycleMomentum;
  const [key, high] =
    job.optimizer === 'adam' || job.optimizer === 'adamw'
      ? (['beta1', job.beta1] as const)
      : (['momentum', resolveJob(job).momentum] as const);
  if (low === null || low < high) return null;
  return {
    keys: ['oneCycleMomentum', key],
    message:
      `--one-cycle-momentum ${low} does not lie below --${key} ${high}, from which it falls and to which it returns. ` +
      'Lower it, or leave it out.',
  };
}

/** Where the dataset decides how many steps there are, `warmupBeyond` says the same once it is known. */
function warmupConflict(job: Job): Conflict | null {
  return job.steps === null ? null : warmupBeyond(job, job.steps);
}

/**
 * A warm-up that takes the whole run; null: it does not, or nobody asked for it: a run that is shorter than the default one is a
 * trial. `steps`: of the run.
 */
export function warmupBeyond(job: Job, steps: number): Conflict | null {
  const { warmupSteps } = resolveJob(job);
  if (warmupSteps === defaultWarmup(job) || warmupSteps === 0 || warmupSteps < steps) return null;
  return {
    keys: ['warmupSteps', job.steps === null ? 'epochs' : 'steps'],
    message:
      `--warmup-steps ${warmupSteps} leaves nothing of the ${plural(steps, 'step')} of the run. ` +
      `Lower it, or raise --${job.steps === null ? 'epochs' : 'steps'}.`,
  };
}

function lacking(job: Job, key: 'scheduleEveryEpochs' | 'scheduleMilestoneEpochs', example: string): Conflict {
  return {
    keys: [key, 'schedule'],
    message: `--schedule ${job.schedule} does not say when. Add --${flagOf(key)}, such as ${example}.`,
  };
}

function neverReached(job: Job, key: 'scheduleEveryEpochs' | 'scheduleMilestoneEpochs'): Conflict {
  return {
    keys: [key, 'epochs'],
    message:
      `${given(job, key)} is never reached in --epochs ${job.epochs}, so the learning rate would not change. ` +
      'Lower it, or raise --epochs.',
  };
}

function given(job: Job, key: keyof Job): string {
  return job[key] === true ? `--${flagOf(key)}` : `--${flagOf(key)} ${textOf(job[key])}`;
}

function flagOf(key: string): string {
  return flagName(key);
}
