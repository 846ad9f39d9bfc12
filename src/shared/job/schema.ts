import { z } from 'zod';
import { augmentationSchema } from './augmentation.ts';
import { maxPixels } from './max-pixels.ts';
import { modelSchema } from './model.ts';
import { preprocessingSchema } from './preprocessing.ts';
import { recipeSchema } from './recipe.ts';

/**
 * The job: everything that decides what is trained and how. This one schema makes the flags, the YAML file, the
 * environment variables, the defaults, the help and the docs. Defaults live only here; those that depend on another
 * setting in resolve.ts.
 */

export const jobSchema = z.strictObject({
  data: z.string().min(1).meta({ isPath: true }).default('digits').describe('`digits`, or a dataset folder or file'),
  imageSize: z
    .int()
    .min(8)
    .max(1024)
    .nullable()
    .default(null)
    .describe('resize images to this many pixels a side; default: their own size where all agree, else 64'),
  ...preprocessingSchema.shape,
  validationSplit: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.2)
    .describe('share of samples held out where the dataset has no split of its own'),
  badImages: z.enum(['fail', 'skip']).default('fail').describe('what to do with an image that cannot be decoded'),
  maxPixels,
  ...augmentationSchema.shape,
  mixup: z
    .number()
    .min(0)
    .max(32)
    .default(0)
    .describe(
      'augmentation: blend each training image, and its label, with another of its microbatch, by a share from Beta(this, this), ' +
        'such as 0.2; 0: off',
    ),
  ...modelSchema.shape,
  weights: z
    .string()
    .min(1)
    .meta({ expects: 'a path', isPath: true })
    .nullable()
    .default(null)
    .describe("safetensors file to start from: torchvision's or timm's ResNet-18, or what `export` wrote"),
  weightsSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ expects: '64 hexadecimal digits' })
    .nullable()
    .default(null)
    .describe('sha256 of the file of --weights; default: taken from the file when the run begins'),
  ...recipeSchema.shape,
  classWeights: z
    .string()
    .min(1)
    .meta({ expects: 'balanced, numbers in the order of the classes, or a path', isPath: true })
    .nullable()
    .default(null)
    .describe(
      'weights of the classes in the loss of training: balanced, a YAML or JSON file of `class: weight`, or numbers; default: all 1',
    ),
  ema: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe(
      'decay of a moving average of the weights, such as 0.99, which is evaluated and exported in their place; default: off',
    ),
  batch: z.int().positive().default(64).describe('global batch: samples a step'),
  microbatches: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('parts of a global batch, which workers share; default: 8 from a batch of 128 on, 4 from 32 on, else 2'),
  epochs: z.int().positive().default(20).describe('passes over the training samples'),
  steps: z.int().positive().nullable().default(null).describe('stop after this many steps, also within an epoch'),
  seed: z.int().nonnegative().default(1).describe('seed of everything random'),
  engine: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('engine of the workers'),
  precision: z
    .enum(['f32', 'bf16'])
    .default('f32')
    .describe(
      'arithmetic of forward and backward; bf16: convolutions and what lies between them, with the tensorflow engine',
    ),
  threads: z
    .int()
    .positive()
    .max(1024)
    .nullable()
    .default(null)
    .describe(
      'threads of one operation; with the tensorflow engine they decide the bits of the weights and stay for the whole run; ' +
        'default: 1 with tensorflow, as many as --cores with the others',
    ),
  topology: z
    .enum(['auto', 'mesh', 'star'])
    .default('auto')
    .describe('all-reduce between workers (mesh) or through the coordinator (star)'),
  wire: z
    .enum(['f32', 'bf16'])
    .default('f32')
    .describe('how gradients travel; bf16: in half as many bytes, rounded at every sum'),
  evalEvery: z.int().min(0).default(1).describe('evaluate every so many epochs; 0: only at the end'),
  checkpointEvery: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('checkpoint every so many steps; default: at the end of each epoch'),
  keepCheckpoints: z
    .int()
    .positive()
    .default(3)
    .describe('how many of the newest checkpoints to keep, besides the best'),
  monitor: z
    .enum(['accuracy', 'loss'])
    .default('accuracy')
    .describe('which checkpoint is the best: the one of highest validation accuracy, or of lowest validation loss'),
  patience: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'stop early after so many evaluations in a row (with --eval-every 1: epochs) in which what --monitor names got no better; default: off',
    ),
  minDelta: z.number().min(0).default(0).describe('early stopping: by how much more than this it must get better'),
  histograms: z
    .boolean()
    .default(false)
    .describe('show in TensorBoard how the weights of each layer are spread, at each checkpoint'),
  inspect: z
    .union([z.boolean(), z.int().positive()])
    .default(false)
    .describe(
      'look inside the network every so many steps (100 where no number follows): inspect.jsonl, see seeing.md',
    ),
});

export type Job = z.infer<typeof jobSchema>;
