import type { ActivationKind } from './activation.ts';
import { sizeOf } from './layout.ts';
import type { Buffer, Initialiser, Layer, Network, NetworkNode, NodeId, Parameter } from './network.ts';

export interface ConvOptions {
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly bias: boolean;
}

export interface PoolOptions {
  readonly mode: 'max' | 'avg';
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** The input image, as a node. */
export const INPUT: NodeId = -1;

/** PyTorch's defaults for batch norm. */
const EPSILON = 1e-5;
const MOMENTUM = 0.1;

/**
 * Writes a network down, layer by layer: keeps parameters and buffers in the order in which layers are added, and
 * computes shapes. Layers return their node, to be handed to the next one.
 */
export class NetworkBuilder {
  readonly #input: Network['input'];
  readonly #initialiser: Initialiser;
  readonly #nodes: NetworkNode[] = [];
  readonly #parameters: Parameter[] = [];
  readonly #buffers: Buffer[] = [];
  readonly #masks: { shape: readonly number[]; rate: number }[] = [];

  constructor(input: Network['input'], initialiser: Initialiser) {
    this.#input = input;
    this.#initialiser = initialiser;
  }

  shapeOf(node: NodeId): readonly number[] {
    return node === INPUT ? this.#input : this.#nodes[node]!.shape;
  }

  conv(name: string, input: NodeId, options: ConvOptions): NodeId {
    const { filters, kernel, stride, padding } = options;
    const [height, width, channels] = this.#image(input);
    const area = kernel * kernel;
    const weight = this.#parameter({
      name: `${name}.weight`,
      shape: [kernel, kernel, channels, filters],
      initialiser: this.#initialiser,
      fanIn: area * channels,
      fanOut: area * filters,
    });
    const bias = options.bias ? this.#plain(`${name}.bias`, filters, 'zeros') : null;
    const shape = [outputSide(height, options), outputSide(width, options), filters];
    return this.#node(name, { kind: 'conv', input, filters, kernel, stride, padding, weight, bias }, shape);
  }

  dense(name: string, input: NodeId, units: number): NodeId {
    const fanIn = sizeOf(this.shapeOf(input));
    const weight = this.#parameter({
      name: `${name}.weight`,
      shape: [fanIn, units],
      initialiser: this.#initialiser,
      fanIn,
      fanOut: units,
    });
    const bias = this.#plain(`${name}.bias`, units, 'zeros');
    return this.#node(name, { kind: 'dense', input, units, weight, bias }, [units]);
  }

  /** `scale`: what its scale starts with. */
  batchNorm(name: string, input: NodeId, scale: 'zeros' | 'ones' = 'ones'): NodeId {
    const shape = this.shapeOf(input);
    const channels = shape.at(-1)!;
    const layer: Layer = {
      kind: 'batchNorm',
      input,
      scale: this.#plain(`${name}.weight`, channels, scale),
      offset: this.#plain(`${name}.bias`, channels, 'zeros'),
      runningMean: this.#buffers.push({ name: `${name}.running_mean`, shape: [channels], initialValue: 0 }) - 1,
      runningVariance: this.#buffers.push({ name: `${name}.running_var`, shape: [channels], initialValue: 1 }) - 1,
      epsilon: EPSILON,
      momentum: MOMENTUM,
      frozen: false,
    };
    return this.#node(name, layer, shape);
  }

  activation(name: string, input: NodeId, kind: ActivationKind): NodeId {
    return this.#node(name, { kind: 'activation', input, function: kind }, this.shapeOf(input));
  }

  pool(name: string, input: NodeId, options: PoolOptions): NodeId {
    const [height, width, channels] = this.#image(input);
    const window = { ...options, kernel: options.size };
    const shape = [outputSide(height, window), outputSide(width, window), channels];
    return this.#node(name, { kind: 'pool', input, ...options }, shape);
  }

  add(name: string, a: NodeId, b: NodeId): NodeId {
    return this.#node(name, { kind: 'add', inputs: [a, b] }, this.shapeOf(a));
  }

  globalAverage(name: string, input: NodeId): NodeId {
    return this.#node(name, { kind: 'globalAverage', input }, this.shapeOf(input).slice(-1));
  }

  flatten(name: string, input: NodeId): NodeId {
    return this.#node(name, { kind: 'flatten', input }, [sizeOf(this.shapeOf(input))]);
  }

  dropout(name: string, input: NodeId, rate: number): NodeId {
    const shape = this.shapeOf(input);
    const mask = this.#masks.push({ shape, rate }) - 1;
    return this.#node(name, { kind: 'dropout', input, rate, mask }, shape);
  }

  /** The last node that was added gives the logits. */
  finish(name: string): Network {
    const outputs = sizeOf(this.shapeOf(this.#nodes.length - 1));
    return {
      name,
      input: this.#input,
      classes: Math.max(2, outputs),
      outputs,
      nodes: this.#nodes,
      parameters: this.#parameters,
      buffers: this.#buffers,
      masks: this.#masks,
    };
  }

  #node(name: string, layer: Layer, shape: readonly number[]): NodeId {
    return this.#nodes.push({ name, layer, shape }) - 1;
  }

  #parameter(parameter: Omit<Parameter, 'frozen'>): number {
    return this.#parameters.push({ ...parameter, frozen: false }) - 1;
  }

  #plain(name: string, size: number, initialiser: 'zeros' | 'ones'): number {
    return this.#parameter({ name, shape: [size], initialiser, fanIn: size, fanOut: size });
  }

  #image(node: NodeId): readonly [height: number, width: number, channels: number] {
    const [height, width, channels] = this.shapeOf(node);
    if (height === undefined || width === undefined || channels === undefined) {
      throw new RangeError(`node ${node} is not an image: its shape is [${this.shapeOf(node).join(', ')}]`);
    }
    return [height, width, channels];
  }
}

function outputSide(side: number, window: { kernel: number; stride: number; padding: number }): number {
  return Math.floor((side + 2 * window.padding - window.kernel) / window.stride) + 1;
}
