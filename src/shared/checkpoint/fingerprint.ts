import { createHash } from 'node:crypto';
import { augmentationSchema } from '../job/augmentation.ts';
import { modelSchema } from '../job/model.ts';
import { preprocessingIdentity } from '../job/preprocessing.ts';
import { recipeSchema, scheduleEnds } from '../job/recipe.ts';
import { resolveJob } from '../job/resolve.ts';
import type { Job } from '../job/schema.ts';

/** Each takes its own settings out of a whole job. Made once: a schema is compiled when it is first used. */
const ownAugmentation = augmentationSchema.strip();
const ownModel = modelSchema.strip();
const ownRecipe = recipeSchema.strip();

/** What a resumed run must have in common with the one it continues, besides the job. */
export interface RunIdentity {
  readonly datasetDigest: string;
  readonly microbatches: number;
}

/**
 * What decides, together with the seed and the number of steps, every bit of the weights. A checkpoint may be continued
 * with other values of everything else: more epochs, another topology, more workers, a moved dataset folder.
 */
export function trainingIdentity(job: Job, run: RunIdentity): Readonly<Record<string, unknown>> {
  const { batch, seed, precision, wire } = job;
  const { noSkip, ...network } = ownModel.parse(resolveJob(job));
  return {
    // The digest covers data, split and what a bad image does; the size decides the shape of the first layer.
    dataset: run.datasetDigest,
    imageSize: job.imageSize,
    ...preprocessingIdentity(job),
    ...ownAugmentation.parse(job),
    microbatches: run.microbatches,
    ...network,
    // Runs from before there was the setting have shortcuts, and go on.
    ...(noSkip ? { noSkip } : {}),
    // Where the file lies is nobody's business, what is in it decides the weights.
    weightsSha256: job.weightsSha256,
    ...ownRecipe.parse(resolveJob(job)),
    ...(job.classWeights === null ? {} : { classWeights: job.classWeights }),
    ...(job.ema === null ? {} : { ema: job.ema }),
    ...(job.mixup === 0 ? {} : { mixup: job.mixup }),
    // A schedule that ends makes the rate of each step depend on where the end is.
    ...(scheduleEnds(job.schedule) ? { epochs: job.epochs, steps: job.steps } : {}),
    batch,
    seed,
    precision,
    wire,
  };
}

/** sha256 over the training identity. */
export function jobFingerprint(job: Job, run: RunIdentity): string {
  const identity = trainingIdentity(job, run);
  const canonical = JSON.stringify(Object.entries(identity).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex');
}

/** Names of the settings in which two jobs differ so that neither can continue the other's checkpoint. */
export function identityDifferences(a: Job, b: Job): readonly string[] {
  const run: RunIdentity = { datasetDigest: '', microbatches: 0 };
  const [ours, theirs] = [trainingIdentity(a, run), trainingIdentity(b, run)];
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const differ = (x: Readonly<Record<string, unknown>>, y: typeof x, name: string) =>
    JSON.stringify(x[name]) !== JSON.stringify(y[name]);
  // A default that follows from another setting is not what somebody changed.
  return [...names].filter((name) => differ(ours, theirs, name) && differ(a, b, name));
}
