import { EXIT, GradsocketError } from '../errors.ts';
import type { Conflict } from './conflict.ts';
import { ONLY_CNN, ONLY_RESNET } from './model.ts';
import { recipeConflict } from './recipe-checks.ts';
import { resizeAndCrop } from './preprocessing.ts';
import { defaultMicrobatches } from './resolve.ts';
import { type Job, jobSchema } from './schema.ts';
import { exitCodeOf, type SettingSource } from './setting-source.ts';
import { plural } from '../plural.ts';
import { flagName } from './flag-name.ts';

/** What a job's settings, and the number of workers where it is known, say against each other; null: nothing. */
export function conflictIn(job: Job, workers: number | null): Conflict | null {
  const { batch, microbatches } = job;
  if (microbatches !== null && microbatches > batch) {
    return {
      keys: ['batch', 'microbatches'],
      message:
        `--batch ${batch} leaves some of --microbatches ${microbatches} without samples. ` +
        `Raise it to ${microbatches} or lower --microbatches.`,
    };
  }
  if (workers !== null && microbatches !== null && workers > microbatches) {
    return {
      keys: ['microbatches', 'workers'],
      message:
        `--microbatches ${microbatches} leaves some of --workers ${workers} without work. ` +
        `Raise it to ${workers} or lower --workers.`,
    };
  }
  if (workers !== null && workers > batch) {
    return {
      keys: ['batch', 'workers'],
      message:
        `--batch ${batch} leaves some of --workers ${workers} without samples. ` +
        `Raise it to ${workers} or lower --workers.`,
    };
  }
  if (workers !== null && microbatches === null && workers > defaultMicrobatches(batch)) {
    return {
      keys: ['microbatches', 'workers'],
      message:
        `--batch ${batch} is cut into ${plural(defaultMicrobatches(batch), 'microbatch')} unless told otherwise, which leaves some of ` +
        `--workers ${workers} without work. Add --microbatches ${workers}, or lower --workers.`,
    };
  }
  if (job.noSkip && job.zeroInitResidual) {
    return {
      keys: ['zeroInitResidual', 'noSkip'],
      message:
        '--zero-init-residual lets each block begin as its shortcut, and with --no-skip there is none: the network would ' +
        'pass nothing on. Leave one of them out.',
    };
  }
  const recipe = recipeConflict(job);
  if (recipe !== null) return recipe;
  const taken = resizeAndCrop(job);
  if (taken !== null && job.imageSize !== null && taken.crop !== job.imageSize) {
    return {
      keys: ['resize', 'imageSize'],
      message:
        `--resize ${job.resize} takes ${taken.crop}x${taken.crop} of each image, and --image-size is ${job.imageSize}. ` +
        'Make them alike, or leave --image-size out.',
    };
  }
  if (job.cropPadding > 0 && job.resizedCrop !== null) {
    return {
      keys: ['cropPadding', 'resizedCrop'],
      message:
        `--crop-padding ${job.cropPadding} and --resized-crop ${job.resizedCrop} both choose a part of the image. ` +
        'Leave one of them out.',
    };
  }
  const parts = microbatches ?? defaultMicrobatches(batch);
  if (job.mixup > 0 && batch < 2 * parts) {
    return {
      keys: ['mixup', 'batch', 'microbatches'],
      message:
        `--mixup ${job.mixup} mixes the samples of a microbatch, and --batch ${batch} in ${plural(parts, 'microbatch')} leaves some ` +
        `with a single one. Raise it to ${2 * parts}, lower --microbatches, or leave --mixup out.`,
    };
  }
  if (job.weights === null && job.weightsSha256 !== null) {
    return {
      keys: ['weightsSha256', 'weights'],
      message:
        '--weights-sha256 says what the file of --weights must be, and there is none. Name it, or leave both out.',
    };
  }
  const early = patienceConflict(job);
  if (early !== null) return early;
  if (job.precision !== 'f32' && job.engine !== 'auto' && job.engine !== 'tensorflow') {
    return {
      keys: ['precision', 'engine'],
      message:
        `--precision ${job.precision} takes the tensorflow engine: ${job.engine} computes in f32 alone. ` +
        'Use --engine tensorflow, or leave --precision out.',
    };
  }
  return settingOfOtherModel(job);
}

/** Early stopping without what it goes by. */
function patienceConflict({ patience, minDelta, evalEvery }: Job): Conflict | null {
  if (patience === null && minDelta > 0) {
    return {
      keys: ['minDelta', 'patience'],
      message: `--min-delta ${minDelta} is a setting of --patience, and there is none. Add it, or leave --min-delta out.`,
    };
  }
  if (patience === null || evalEvery > 0) return null;
  return {
    keys: ['patience', 'evalEvery'],
    message:
      `--patience ${patience} counts evaluations, and with --eval-every 0 there is one alone, at the end. ` +
      'Leave one of them out.',
  };
}

/** A setting that only the other network has, and that does not stand at its default, would silently do nothing. */
function settingOfOtherModel(job: Job): Conflict | null {
  const defaults = jobSchema.parse({});
  const [other, keys] = job.model === 'cnn' ? (['resnet18', ONLY_RESNET] as const) : (['cnn', ONLY_CNN] as const);
  for (const key of keys) {
    if (String(job[key]) === String(defaults[key])) continue;
    const flag = flagName(key);
    const given = job[key] === true ? `--${flag}` : `--${flag} ${String(job[key])}`;
    return {
      keys: [key, 'model'],
      message: `${given} is a setting of ${other}, but --model is ${job.model}. Leave one of them out.`,
    };
  }
  return null;
}

/** Throws the conflict, if there is one. */
export function checkJob(job: Job, workers: number | null, sources: ReadonlyMap<string, SettingSource>): void {
  const conflict = conflictIn(job, workers);
  if (conflict === null) return;
  const given = conflict.keys.map((key) => sources.get(key)).filter((source) => source?.from !== 'default');
  const byHand = given.some((source) => source?.from === 'flag') || given.length === 0;
  throw new GradsocketError('JOB_CONFLICT', byHand ? EXIT.usage : exitCodeOf(given[0]), conflict.message);
}
