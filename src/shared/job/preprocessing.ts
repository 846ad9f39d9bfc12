import { z } from 'zod';

const number = String.raw`-?(\d+(\.\d*)?|\.\d+)(e-?\d+)?`;
const VALUES = new RegExp(`^${number}(,${number}){1}((,${number}){4})?$`, 'i');

/**
 * How an image becomes numbers: what belongs to the network as its weights do. The job has these settings among its own. Null:
 * as the weights of --weights expect it, or else as it was always done.
 */
export const preprocessingSchema = z.strictObject({
  colour: z
    .enum(['auto', 'rgb', 'gray'])
    .default('auto')
    .describe('channels of the images; auto: what they need, three where those of --weights want three'),
  resize: z
    .string()
    .regex(/^(cover|squash|[1-9]\d{0,3}:[1-9]\d{0,3})$/)
    .refine((text) => {
      const [shorter, crop] = text.split(':').map(Number);
      return crop === undefined || shorter! >= crop;
    })
    .meta({ expects: 'cover, squash, or two lengths such as 256:224, the second not above the first' })
    .nullable()
    .default(null)
    .describe(
      'cover: scale to cover the size and crop the middle; squash: stretch; 256:224: scale the shorter side to 256, crop the ' +
        'middle 224x224; default: cover, with --weights as they expect it',
    ),
  interpolation: z
    .enum(['lanczos', 'bilinear', 'bicubic'])
    .nullable()
    .default(null)
    .describe('what resizing computes between pixels; default: lanczos, with --weights as they expect it'),
  colourProfile: z
    .enum(['apply', 'ignore'])
    .nullable()
    .default(null)
    .describe(
      'a color profile in an image: apply converts it to sRGB, ignore takes its values as they are; default: apply, with ' +
        '--weights as they expect it',
    ),
  normalise: z
    .string()
    .regex(new RegExp(`^(dataset|imagenet)$|${VALUES.source}`, 'i'))
    .refine((text) => !VALUES.test(text) || deviationsOf(text).every((deviation) => deviation > 0))
    .meta({
      expects: 'dataset, imagenet, or means, then deviations above 0, of one channel or three: 0.5,0.25',
    })
    .nullable()
    .default(null)
    .describe(
      'mean and deviation that images are normalized by, of 0 to 1: of the training images (dataset), of ImageNet, or these ' +
        '(0.5,0.25 or M,M,M,D,D,D); default: dataset, with --weights as they expect it',
    ),
});

export type Preprocessing = Readonly<z.infer<typeof preprocessingSchema>>;

/** What torchvision's and timm's weights are trained with. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

export interface Normalisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Null: of the training images. One mean and deviation hold for every channel. */
export function normalisationOf({ normalise }: Pick<Preprocessing, 'normalise'>): Normalisation | null {
  if (normalise === null || normalise === 'dataset') return null;
  if (normalise === 'imagenet') return IMAGENET;
  const values = normalise.split(',').map(Number);
  return { mean: values.slice(0, values.length / 2), deviation: deviationsOf(normalise) };
}

function deviationsOf(text: string): readonly number[] {
  const values = text.split(',').map(Number);
  return values.slice(values.length / 2);
}

/** The two lengths of `256:224`; null: another way. */
export function resizeAndCrop({ resize }: Pick<Preprocessing, 'resize'>): { shorter: number; crop: number } | null {
  const [shorter, crop] = (resize ?? '').split(':').map(Number);
  return shorter === undefined || crop === undefined ? null : { shorter, crop };
}

/** Without what stands at its default, so that runs of before are the same runs. */
export function preprocessingIdentity(job: Preprocessing): Partial<Preprocessing> {
  const { colour, resize, interpolation, colourProfile, normalise } = job;
  return {
    // As it was spelled when runs were first told apart by it.
    ...(colour === 'auto' ? {} : { colour: (colour === 'gray' ? 'grey' : colour) as 'gray' }),
    ...(resize === null || resize === 'cover' ? {} : { resize }),
    ...(interpolation === null || interpolation === 'lanczos' ? {} : { interpolation }),
    ...(colourProfile === null || colourProfile === 'apply' ? {} : { colourProfile }),
    ...(normalise === null || normalise === 'dataset' ? {} : { normalise }),
  };
}
