import { LEAKY_RELU_SLOPE, type ActivationKind } from '../../shared/network/activation.ts';
import { parameterLayout, sizeOf } from '../../shared/network/layout.ts';
import type { Network, NetworkNode, NodeId } from '../../shared/network/network.ts';

/** One sample's values at each node from some node on. */
type Values = Map<NodeId, Float64Array>;

/**
 * The last activation that still has places: what lies behind it tells classes apart, and its channels say where. Null: there is none, as in a network
 * whose last convolution has one place left.
 */
export function lastMaps(network: Network): NodeId | null {
  const node = network.nodes.findLastIndex(({ layer, shape }) => layer.kind === 'activation' && shape.length === 3);
  return node < 0 ? null : node;
}

/** The gradient of one logit with respect to the values [h, w, c] of a node, of one sample; evaluation's forward, in float64. */
export function headGradient(
  network: Network,
  parameters: Float32Array,
  node: NodeId,
  features: Float32Array,
  logit: number,
): { readonly gradient: Float64Array; readonly logits: Float64Array } {
  const head = new Head(network, parameters);
  const values: Values = new Map([[node, Float64Array.from(features)]]);
  for (let index = node + 1; index < network.nodes.length; index++) values.set(index, head.forward(index, values));
  const last = network.nodes.length - 1;
  const logits = values.get(last)!;
  let gradient: Float64Array = Float64Array.from(logits, (_, index) => (index === logit ? 1 : 0));
  // What lies behind the last maps is a chain.
  for (let index = last; index > node; index--) gradient = head.backward(index, values, gradient);
  return { gradient, logits };
}

class Head {
  readonly #network: Network;
  readonly #parameters: Float32Array;
  readonly #spans;

  constructor(network: Network, parameters: Float32Array) {
    this.#network = network;
    this.#parameters = parameters;
    this.#spans = parameterLayout(network).spans;
  }

  forward(index: NodeId, values: Values): Float64Array {
    const { layer, shape } = this.#node(index);
    switch (layer.kind) {
      case 'flatten':
      case 'dropout':
        return values.get(layer.input)!;
      case 'activation': {
        const apply = FUNCTIONS[layer.function];
        return values.get(layer.input)!.map((x) => apply.value(x));
      }
      case 'dense': {
        const x = values.get(layer.input)!;
        const [weight, bias] = [this.#parameter(layer.weight), this.#parameter(layer.bias)];
        const y = Float64Array.from(bias);
        x.forEach((value, input) => {
          for (let unit = 0; unit < layer.units; unit++) y[unit]! += value * weight[input * layer.units + unit]!;
        });
        return y;
      }
      case 'globalAverage': {
        const x = values.get(layer.input)!;
        const channels = shape[0]!;
        const y = new Float64Array(channels);
        x.forEach((value, place) => {
          y[place % channels]! += (value * channels) / x.length;
        });
        return y;
      }
      case 'pool': {
        const x = values.get(layer.input)!;
        const y = new Float64Array(sizeOf(shape));
        for (const { out, inside } of this.#windows(index)) {
          y[out] =
            layer.mode === 'max'
              ? Math.max(...inside.map((place) => x[place]!))
              : inside.reduce((sum, place) => sum + x[place]!, 0) / (layer.size * layer.size);
        }
        return y;
      }
      case 'conv':
      case 'batchNorm':
      case 'add':
        throw new Error(`${this.#node(index).name} lies behind the last maps`);
    }
  }

  backward(index: NodeId, values: Values, dy: Float64Array): Float64Array {
    const { layer } = this.#node(index);
    switch (layer.kind) {
      case 'flatten':
      case 'dropout':
        return dy;
      case 'activation': {
        const { slope } = FUNCTIONS[layer.function];
        return values.get(layer.input)!.map((x, place) => dy[place]! * slope(x));
      }
      case 'dense': {
        const weight = this.#parameter(layer.weight);
        return values.get(layer.input)!.map((_, input) => {
          let sum = 0;
          for (let unit = 0; unit < layer.units; unit++) sum += dy[unit]! * weight[input * layer.units + unit]!;
          return sum;
        });
      }
      case 'globalAverage': {
        const x = values.get(layer.input)!;
        return x.map((_, place) => (dy[place % dy.length]! * dy.length) / x.length);
      }
      case 'pool': {
        const x = values.get(layer.input)!;
        const dx = new Float64Array(x.length);
        for (const { out, inside } of this.#windows(index)) {
          if (layer.mode === 'avg') {
            for (const place of inside) dx[place]! += dy[out]! / (layer.size * layer.size);
          } else {
            const largest = Math.max(...inside.map((place) => x[place]!));
            dx[inside.find((place) => x[place] === largest)!]! += dy[out]!;
          }
        }
        return dx;
      }
      case 'conv':
      case 'batchNorm':
      case 'add':
        throw new Error(`${this.#node(index).name} lies behind the last maps`);
    }
  }

  /** Which values each value of a pool is of. */
  *#windows(index: NodeId): Generator<{ readonly out: number; readonly inside: readonly number[] }> {
    const { layer, shape } = this.#node(index);
    if (layer.kind !== 'pool') return;
    const [rows = 1, columns = 1, channels = 1] = shape;
    const [height = 1, width = 1] = layer.input < 0 ? this.#network.input : this.#node(layer.input).shape;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const inside: number[] = [];
          for (let dy = 0; dy < layer.size; dy++) {
            for (let dx = 0; dx < layer.size; dx++) {
              const y = row * layer.stride - layer.padding + dy;
              const x = column * layer.stride - layer.padding + dx;
              if (y >= 0 && y < height && x >= 0 && x < width) inside.push((y * width + x) * channels + channel);
            }
          }
          yield { out: (row * columns + column) * channels + channel, inside };
        }
      }
    }
  }

  #node(index: NodeId): NetworkNode {
    return this.#network.nodes[index]!;
  }

  #parameter(index: number): Float32Array {
    const { offset, size } = this.#spans[index]!;
    return this.#parameters.subarray(offset, offset + size);
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const FUNCTIONS: Readonly<
  Record<ActivationKind, { readonly value: (x: number) => number; readonly slope: (x: number) => number }>
> = {
  relu: { value: (x) => Math.max(0, x), slope: (x) => (x > 0 ? 1 : 0) },
  leaky_relu: { value: (x) => (x > 0 ? x : LEAKY_RELU_SLOPE * x), slope: (x) => (x > 0 ? 1 : LEAKY_RELU_SLOPE) },
  sigmoid: { value: sigmoid, slope: (x) => sigmoid(x) * (1 - sigmoid(x)) },
  tanh: { value: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2 },
};
