import { z } from 'zod';

/** How training images are changed at random, a little differently in each epoch. The job has these settings among its own. */
export const augmentationSchema = z.strictObject({
  flip: z.boolean().default(false).describe('augmentation: mirror half of the training images, at random'),
  cropPadding: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe('augmentation: shift images by up to this many pixels each way; what comes in is black'),
  resizedCrop: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe('augmentation: enlarge a random part of the image, of at least this share of its area; default: off'),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('augmentation: vary brightness, contrast and saturation by up to this share'),
  cutout: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe('augmentation: hide a square of this many pixels a side, at random'),
});

export type Augmentation = Readonly<z.infer<typeof augmentationSchema>>;
