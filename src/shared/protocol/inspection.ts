import { z } from 'zod';
import { count, float, foreignText } from './shared.ts';

/** msgpack carries every float; JSON writes null for those that are no numbers. */
const figure = z.union([float, z.null().transform(() => Number.NaN)]);
const share = z.number().min(0).max(1);

/** Bars of a histogram. */
export const BINS = 32;
/** Layers that a message may tell of. */
const MOST_LAYERS = 1024;

/** How values are spread. Those that are not finite are left out of everything but their own count. */
const spread = z.object({
  count,
  notFinite: count,
  mean: figure,
  /** Standard deviation, over all of them. */
  deviation: figure,
  min: figure,
  max: figure,
  /** How many lie in each of BINS equal parts between `min` and `max`; empty where there are no values. */
  bins: z.array(count).max(BINS),
});
export type Spread = z.infer<typeof spread>;

/** A convolution or a dense layer: its weights, without biases. */
const inspectedLayer = z.object({
  /** `conv1`, `layer1.0.conv2`; in the order of the network, the first one at the images. */
  name: foreignText(256),
  /** Of the mean loss of the step's batch, before clipping. */
  gradient: z.object({ norm: figure, values: spread }),
  update: z.object({
    /** Norm of what the step changed, by the norm of the weights before it. */
    ratio: figure,
    /** log10 of the same for single weights, of 65,536 at most. */
    values: spread,
  }),
  /** Norm of the weights after the step. */
  weightNorm: figure,
  /** All units of the layer have the same weights. */
  alike: z.boolean(),
});
export type InspectedLayer = z.infer<typeof inspectedLayer>;

/** What an activation function lets through. */
const inspectedActivation = z.object({
  name: foreignText(256),
  function: z.enum(['relu', 'leaky_relu', 'sigmoid', 'tanh']),
  values: spread,
  /** Channels of a convolution, units of a dense layer. */
  units: count,
  /** Share of the units that are zero for all images looked at, at every place. */
  dead: share,
  /** Share of the values at which a sigmoid or tanh has less than a twelfth of its greatest slope. */
  saturated: share,
});
export type InspectedActivation = z.infer<typeof inspectedActivation>;

/** One look inside the network: a step's gradient and update, and what its weights made of some of its images. */
export const inspection = z.object({
  /** Committed steps, this one included. */
  step: count,
  layers: z.array(inspectedLayer).max(MOST_LAYERS),
  activations: z.array(inspectedActivation).max(MOST_LAYERS),
  /** For the activations: the first ones of the step's first microbatch. */
  images: count,
});
export type Inspection = z.infer<typeof inspection>;
