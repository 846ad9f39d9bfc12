import { augmentationSchema } from './augmentation.ts';
import { modelSchema } from './model.ts';
import { preprocessingSchema } from './preprocessing.ts';
import { recipeSchema } from './recipe.ts';
import { jobSchema } from './schema.ts';

/** What settings are about, in the order in which they are read. */
export const SUBJECTS = [
  'Data',
  'Augmentation',
  'Network',
  'Optimizer',
  'Learning rate schedule',
  'Length, evaluation, checkpoints',
  'Engines and workers',
  'Security',
  'Output',
] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Those that do not stand in a schema of their own, by `Field.key`. */
const KEYS: Readonly<Record<Subject, readonly string[]>> = {
  Data: ['data', 'imageSize', 'validationSplit', 'badImages', 'maxPixels', 'dataSize', 'dataClaim'],
  Augmentation: ['mixup'],
  Network: ['weights', 'weightsSha256'],
  Optimizer: ['classWeights'],
  'Learning rate schedule': [],
  'Length, evaluation, checkpoints': [],
  'Engines and workers': [
    ...[
      'engine',
      'precision',
      'threads',
      'topology',
      'wire',
      'workers',
      'minWorkers',
      'maxWorkers',
      'parallel',
      'cores',
    ],
    ...['cacheMemory', 'listen', 'coordinator', 'name', 'advertise', 'wait', 'stallSeconds', 'chaos'],
  ],
  Security: [
    'token',
    'tokenFile',
    'viewToken',
    'viewTokenFile',
    'tls',
    'tlsCert',
    'tlsKey',
    'tlsCa',
    'tlsPin',
    'tokenSecret',
    'metricsToken',
    'metricsTokenFile',
  ],
  Output: [
    ...['runDir', 'sweepDir', 'resume', 'quiet', 'json', 'trace', 'metricsListen', 'linger', 'histograms', 'config'],
    ...['runsSize', 'runsClaim'],
  ],
};

/** What the setting is about. */
export function subjectOf(key: string): Subject {
  const named = SUBJECTS.find((subject) => KEYS[subject].includes(key));
  if (named !== undefined) return named;
  if (key in augmentationSchema.shape) return 'Augmentation';
  if (key in preprocessingSchema.shape) return 'Data';
  if (key in modelSchema.shape) return 'Network';
  if (/^(schedule|oneCycle|warmup)/.test(key)) return 'Learning rate schedule';
  if (key in recipeSchema.shape) return 'Optimizer';
  return key in jobSchema.shape ? 'Length, evaluation, checkpoints' : 'Output';
}

/** Those with which most runs get by, by `Field.key`, in the order in which they are wanted. */
export const USUAL: readonly string[] = [
  ...['coordinator', 'data', 'model', 'imageSize', 'epochs', 'batch', 'optimizer', 'lr', 'activation', 'init'],
  ...['workers', 'runDir', 'sweepDir', 'resume', 'patience'],
];
