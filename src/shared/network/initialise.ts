import { RandomStream, STREAM } from '../random/stream.ts';
import { type ActivationKind, LEAKY_RELU_SLOPE } from './activation.ts';
import { bufferLayout, parameterLayout } from './layout.ts';
import type { Network, Parameter } from './network.ts';

/** Half-width of random_uniform and standard deviation of random_normal: Keras's defaults. */
const RANDOM_SCALE = 0.05;

/**
 * How much an activation shrinks a signal, to be made up for by the initial weights. PyTorch's `calculate_gain`; for
 * leaky_relu at the slope that we use.
 */
export function gainOf(activation: ActivationKind): number {
  switch (activation) {
    case 'relu':
      return Math.SQRT2;
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + LEAKY_RELU_SLOPE ** 2));
    case 'tanh':
      return 5 / 3;
    case 'sigmoid':
      return 1;
  }
}

/**
 * Writes the initial parameters into the flat vector `out`, of the length of `parameterLayout(network)`; the padding
 * becomes zero. A function of network and seed alone: each parameter draws from a stream of its own.
 *
 * glorot_*: gain 1. he_*: PyTorch's kaiming with mode fan_in and the network's activation. Normals are not truncated.
 *
 * The gain makes up for an activation that follows. None follows the classifier: with sqrt(2) there, logits start twice as
 * spread (in squares) as they need to, and the first steps of training are spent on taking that back.
 */
export function initialiseParameters(network: Network, seed: number, out: Float32Array): void {
  const { spans, length } = parameterLayout(network);
  expectLength(out, length);
  out.fill(0);
  const hidden = networkGain(network);
  const classifier = classifierWeight(network);
  for (const [index, { offset, size }] of spans.entries()) {
    const gain = index === classifier ? 1 : hidden;
    const random = new RandomStream(seed, STREAM.initialisation, index);
    fill(out.subarray(offset, offset + size), network.parameters[index]!, gain, random);
  }
}

/** Writes the initial buffers into the flat vector `out`, of the length of `bufferLayout(network)`. */
export function initialiseBuffers(network: Network, out: Float32Array): void {
  const { spans, length } = bufferLayout(network);
  expectLength(out, length);
  out.fill(0);
  for (const [index, { offset, size }] of spans.entries()) {
    out.fill(network.buffers[index]!.initialValue, offset, offset + size);
  }
}

function fill(out: Float32Array, parameter: Parameter, gain: number, random: RandomStream): void {
  const { initialiser, fanIn, fanOut } = parameter;
  const uniform = (bound: number) => {
    for (let i = 0; i < out.length; i++) out[i] = (2 * random.uniform() - 1) * bound;
  };
  const normal = (deviation: number) => random.fillNormal(out, deviation);
  switch (initialiser) {
    case 'zeros':
      return void out.fill(0);
    case 'ones':
      return void out.fill(1);
    case 'random_uniform':
      return uniform(RANDOM_SCALE);
    case 'random_normal':
      return normal(RANDOM_SCALE);
    case 'glorot_uniform':
      return uniform(Math.sqrt(6 / (fanIn + fanOut)));
    case 'glorot_normal':
      return normal(Math.sqrt(2 / (fanIn + fanOut)));
    case 'he_uniform':
      return uniform(gain * Math.sqrt(3 / fanIn));
    case 'he_normal':
      return normal(gain / Math.sqrt(fanIn));
  }
}

/** Index of the weights of the layer that gives the logits; null: it has none. */
function classifierWeight({ nodes }: Network): number | null {
  const last = nodes.at(-1)?.layer;
  return last?.kind === 'dense' || last?.kind === 'conv' ? last.weight : null;
}

/** Networks use one activation function throughout. */
function networkGain(network: Network): number {
  for (const { layer } of network.nodes) {
    if (layer.kind === 'activation') return gainOf(layer.function);
  }
  return 1;
}

function expectLength(out: Float32Array, length: number): void {
  if (out.length !== length) throw new RangeError(`the vector holds ${out.length} floats, the network needs ${length}`);
}
