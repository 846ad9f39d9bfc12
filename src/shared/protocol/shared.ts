import { z } from 'zod';
import { visible } from '../visible.ts';

/** Raised when a message changes in a way that an older peer would misread. */
export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'gradsocket.v1';

/** WebSocket endpoints: all at the coordinator, but for that of peers, at each worker's own listener. */
export const PATHS = {
  control: '/v1/control',
  data: '/v1/data',
  /** Star topology: the coordinator folds. */
  reduce: '/v1/reduce',
  /** Mesh topology. */
  peer: '/v1/peer',
  /** For the page of the run, which only listens. */
  view: '/v1/view',
} as const;

export const count = z.int().nonnegative();
export const step = count;
export const generation = count;
/** Its type is written out, as what is inferred is a generic one that TypeScript before 5.7, which reads our declarations, does not know. */
export const binary: z.ZodCustom<Uint8Array, Uint8Array> = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
/** sha256 in lower-case hex. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** A float64 as it comes, also NaN and infinities: a loss that has diverged must reach whoever ends the run. */
export const float = z.custom<number>((value) => typeof value === 'number');
export const text = (max: number) => z.string().max(max);
/**
 * The same of a peer's, made fit to be shown at the door: what a terminal would obey or hide comes out escaped, so that nobody
 * behind the door has to think of it. No longer than it may be, so that it can be passed on.
 */
export const foreignText = (max: number) => text(max).transform((given) => visible(given).slice(0, max));
export const split = z.enum(['train', 'validation']);
export type Split = z.infer<typeof split>;

/** How an image file becomes pixels. Where a description has none: scaled to cover with libvips' Lanczos, profiles applied. */
const decoding = z.object({
  /** A number: the shorter side is scaled to it, then the middle taken. */
  resize: z.union([z.enum(['cover', 'squash']), z.int().positive()]),
  interpolation: z.enum(['lanczos', 'bilinear', 'bicubic']),
  colourProfile: z.enum(['apply', 'ignore']),
});
export type Decoding = z.infer<typeof decoding>;

/** What a worker must know of the dataset before it can compile and decode. */
export const datasetDescription = z.object({
  name: text(256),
  /** Over every sample's bytes and label, and the split: two copies with the same digest are interchangeable. */
  digest,
  classes: z.array(text(256)).min(2).max(100_000),
  /** [height, width, channels] of a decoded sample. */
  imageShape: z.tuple([z.int().positive(), z.int().positive(), z.union([z.literal(1), z.literal(3)])]),
  /** raw: uint8 pixels [h, w, c] of imageShape; image: a JPEG, PNG or WebP file, to be decoded and resized. */
  encoding: z.enum(['raw', 'image']),
  decoding: decoding.optional(),
  /** Of an image file, before it is resized. Absent: as many as always. */
  maxPixels: z.int().positive().optional(),
  trainSamples: z.int().positive(),
  validationSamples: count,
  /** Per channel, of pixels scaled to [0, 1]: what images are normalised by. Over the training samples, unless given. */
  mean: z.array(z.number()).min(1).max(3),
  deviation: z.array(z.number().positive()).min(1).max(3),
  /** What the loss of a sample counts in training, by its class; absent: all alike. */
  classWeights: z.array(z.number().nonnegative()).optional(),
});
export type DatasetDescription = z.infer<typeof datasetDescription>;

/** Seconds that a worker spent in each phase of one step. */
export const stepTimes = z.object({
  /** The engine waited for samples. */
  data: z.number().nonnegative(),
  /** Forward, backward, local sums. */
  compute: z.number().nonnegative(),
  /** From the last contribution until the whole reduced vector was there, but for what of the optimizer fell into it. */
  allReduce: z.number().nonnegative(),
  /** Applied after the last contribution; what was applied before that took no time of its own. */
  optimizer: z.number().nonnegative(),
  /** Making the result the committed state. An older worker counts it with the optimizer. */
  commit: z.number().nonnegative().optional(),
  /** From the start of the step to its commit. */
  total: z.number().nonnegative(),
  /** From the first contribution until the whole reduced vector was there, also while the engine still computed. */
  reduce: z.number().nonnegative().optional(),
});
export type StepTimes = z.infer<typeof stepTimes>;

/** How a worker's process fares. */
export const vitals = z.object({
  /** Processor time since its start. */
  cpuSeconds: z.number().nonnegative(),
  residentBytes: z.number().nonnegative(),
  /** By how much its transport thread ran late at most, since it last said so. */
  loopLagSeconds: z.number().nonnegative(),
});
export type Vitals = z.infer<typeof vitals>;

/** Up to so many classes it is told how often each occurs among an evaluation's answers, and among its samples. */
export const COUNTED_CLASSES = 100;
const ofEachClass = z.array(count).max(COUNTED_CLASSES).optional();

/** Of so many of its samples an evaluation tells what each is taken for. */
export const SHOWN_SAMPLES = 12;

/** A validation sample, the class that it was taken for, and how probable that one is. */
export const shownAnswer = z.tuple([count, count, z.number().min(0).max(1)]).readonly();
export type ShownAnswer = z.infer<typeof shownAnswer>;

/** Sums over one chunk of an evaluation. */
export const chunkSums = z.object({
  index: count,
  samples: count,
  lossSum: float,
  correct: count,
  /** How many samples each class was the answer to; absent: too many classes, or an older worker. */
  answers: ofEachClass,
  /** How many samples are of each class. */
  labels: ofEachClass,
  /** Of those samples of the chunk that are shown to people; absent: there are none, or an older worker. */
  shown: z.array(shownAnswer).max(SHOWN_SAMPLES).readonly().optional(),
});
export type ChunkSums = Readonly<z.infer<typeof chunkSums>>;
