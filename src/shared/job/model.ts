import { z } from 'zod';

const filters = z.array(z.int().positive()).min(1).max(16);
const layers = /^[A-Za-z0-9_.-]+(\s*,\s*[A-Za-z0-9_.-]+)*$/;

/** The network of a job: everything that decides it, besides the size of the images and the number of classes. */
export const modelSchema = z.strictObject({
  model: z.enum(['cnn', 'resnet18']).default('cnn').describe('network'),
  channels: filters.default([32, 64, 128]).describe('cnn: filters of each convolution block'),
  kernel: z
    .int()
    .min(1)
    .max(15)
    .refine((side) => side % 2 === 1)
    .meta({ expects: 'an odd number of at least 1 and at most 15' })
    .default(3)
    .describe('cnn: pixels a side of the filters'),
  pool: z.enum(['max', 'avg']).default('max').describe('cnn: pooling after each block'),
  batchNorm: z.boolean().default(false).describe('cnn: batch norm after each convolution, in place of its bias'),
  dense: z.int().positive().default(128).describe('cnn: units of the hidden dense layer'),
  dropout: z.number().min(0).lt(1).default(0).describe('cnn: dropout rate before the last layer'),
  zeroInitResidual: z
    .boolean()
    .default(false)
    .describe(
      'resnet18: the last batch norm of each block starts with a scale of zero, so that blocks begin as shortcuts',
    ),
  noSkip: z
    .boolean()
    .default(false)
    .describe('resnet18: without the shortcuts past its blocks, to see what they are good for'),
  activation: z.enum(['relu', 'leaky_relu', 'sigmoid', 'tanh']).default('relu').describe('activation function'),
  init: z
    .enum(['zeros', 'random_uniform', 'random_normal', 'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal'])
    .nullable()
    .default(null)
    .describe(
      'initializer of weights (biases start at zero); default: glorot_uniform for a cnn of up to three blocks, else he_normal',
    ),
  loss: z
    .enum(['softmax', 'sigmoid'])
    .default('softmax')
    .describe('cross-entropy of softmax over all classes, or, for two classes, of the sigmoid of one logit'),
  freeze: z
    .string()
    .regex(layers)
    .meta({ expects: 'all-but-head, or names of layers such as conv1,bn1,layer1' })
    .nullable()
    .default(null)
    .describe('layers that are not trained: `all-but-head`, or names'),
});

/** Settings that only the one network has. */
export const ONLY_CNN = ['channels', 'kernel', 'pool', 'batchNorm', 'dense', 'dropout'] as const;
export const ONLY_RESNET = ['zeroInitResidual', 'noSkip'] as const;
