import type { Checkpoint } from '../../shared/checkpoint/state.ts';
import { LEAKY_RELU_SLOPE } from '../../shared/network/activation.ts';
import type { Layer, Network, NetworkNode } from '../../shared/network/network.ts';
import { type PoolLayers, poolLayers, samePaddingFits } from './padding.ts';

/** A layer as tfjs's LayersModel writes it. */
export interface LayerConfig {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly inbound_nodes: readonly unknown[];
}

/** A weight of the model: its name there, its shape there, and its float32 values, little-endian. */
interface LayerWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface LayersModel {
  readonly layers: readonly LayerConfig[];
  readonly output: string;
  readonly weights: readonly LayerWeight[];
}

const INPUT = 'pixels';
const NORMALISE = 'normalise';

/**
 * The network as layers of tfjs. Its input is pixels as they come, 0 to 255: what training did to them is the first
 * layer, so that nobody has to know means and deviations. Its output is logits.
 */
export function layersModel(
  network: Network,
  tensors: Checkpoint['tensors'],
  normalisation: { readonly mean: readonly number[]; readonly deviation: readonly number[] },
): LayersModel {
  const writer = new Writer(network, tensors);
  writer.input(normalisation);
  for (const node of network.nodes) writer.node(node);
  return writer.finish();
}

class Writer {
  readonly #network: Network;
  readonly #tensors: Checkpoint['tensors'];
  readonly #layers: LayerConfig[] = [];
  readonly #weights: LayerWeight[] = [];

  constructor(network: Network, tensors: Checkpoint['tensors']) {
    this.#network = network;
    this.#tensors = tensors;
  }

  input({ mean, deviation }: { readonly mean: readonly number[]; readonly deviation: readonly number[] }): void {
    const shape = this.#network.input;
    // Keras refuses what it does not know, and an input has nothing to train.
    this.#layers.push({
      class_name: 'InputLayer',
      config: { name: INPUT, batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false },
      name: INPUT,
      inbound_nodes: [],
    });
    // (pixel / 255 - mean) / deviation, for each channel alone.
    this.#layer('DepthwiseConv2D', NORMALISE, [INPUT], {
      kernel_size: [1, 1],
      depth_multiplier: 1,
      strides: [1, 1],
      padding: 'valid',
      use_bias: true,
      activation: 'linear',
      trainable: false,
    });
    const scale = Float32Array.from(deviation, (value) => 1 / (255 * value));
    const offset = Float32Array.from(deviation, (value, channel) => -mean[channel]! / value);
    this.#weights.push(
      { name: `${NORMALISE}/depthwise_kernel`, shape: [1, 1, shape[2], 1], bytes: bytesOf(scale) },
      { name: `${NORMALISE}/bias`, shape: [shape[2]], bytes: bytesOf(offset) },
    );
  }

  node({ name: ours, layer, shape }: NetworkNode): void {
    const name = layerName(ours);
    switch (layer.kind) {
      case 'conv':
        return this.#conv(name, layer);
      case 'pool':
        return this.#pool(name, layer, shape);
      case 'dense':
        this.#layer('Dense', name, [this.#nameOf(layer.input)], {
          units: layer.units,
          use_bias: true,
          activation: 'linear',
        });
        this.#weight(`${name}/kernel`, layer.weight);
        this.#weight(`${name}/bias`, layer.bias);
        return;
      case 'batchNorm':
        this.#layer('BatchNormalization', name, [this.#nameOf(layer.input)], {
          axis: -1,
          epsilon: layer.epsilon,
          momentum: 1 - layer.momentum,
          center: true,
          scale: true,
        });
        this.#weight(`${name}/gamma`, layer.scale);
        this.#weight(`${name}/beta`, layer.offset);
        this.#buffer(`${name}/moving_mean`, layer.runningMean);
        this.#buffer(`${name}/moving_variance`, layer.runningVariance);
        return;
      case 'activation':
        if (layer.function === 'leaky_relu') {
          this.#layer('LeakyReLU', name, [this.#nameOf(layer.input)], { alpha: LEAKY_RELU_SLOPE });
        } else this.#layer('Activation', name, [this.#nameOf(layer.input)], { activation: layer.function });
        return;
      case 'add':
        this.#layer(
          'Add',
          name,
          layer.inputs.map((input) => this.#nameOf(input)),
          {},
        );
        return;
      case 'globalAverage':
        this.#layer('GlobalAveragePooling2D', name, [this.#nameOf(layer.input)], {});
        return;
      case 'flatten':
        this.#layer('Flatten', name, [this.#nameOf(layer.input)], {});
        return;
      case 'dropout':
        this.#layer('Dropout', name, [this.#nameOf(layer.input)], { rate: layer.rate });
        return;
    }
  }

  finish(): LayersModel {
    const output = layerName(this.#network.nodes.at(-1)!.name);
    return { layers: this.#layers, output, weights: this.#weights };
  }

  #conv(name: string, layer: Extract<Layer, { kind: 'conv' }>): void {
    const { kernel, stride, padding } = layer;
    let input = this.#nameOf(layer.input);
    const same = padding > 0 && samePaddingFits(this.#inputSize(layer.input), { size: kernel, stride, padding });
    // `same` pads one side less than the other where the stride leaves pixels over; PyTorch and we pad both alike.
    if (padding > 0 && !same) input = this.#pad(`${name}_pad`, input, [padding, padding]);
    this.#layer('Conv2D', name, [input], {
      filters: layer.filters,
      kernel_size: [kernel, kernel],
      strides: [stride, stride],
      padding: same ? 'same' : 'valid',
      use_bias: layer.bias !== null,
      activation: 'linear',
    });
    this.#weight(`${name}/kernel`, layer.weight);
    if (layer.bias !== null) this.#weight(`${name}/bias`, layer.bias);
  }

  #pool(name: string, layer: Extract<Layer, { kind: 'pool' }>, shape: readonly number[]): void {
    const { size, stride, padding } = layer;
    const [height, width] = this.#inputSize(layer.input);
    const rows: PoolLayers = poolLayers({ input: height, output: shape[0]! }, { size, stride, padding });
    const columns: PoolLayers = poolLayers({ input: width, output: shape[1]! }, { size, stride, padding });
    let input = this.#nameOf(layer.input);
    if (rows.extend > 0 || columns.extend > 0) {
      input = this.#layer('ZeroPadding2D', `${name}_extend`, [input], {
        padding: [
          [0, rows.extend],
          [0, columns.extend],
        ],
      });
    }
    const crops = rows.crop > 0 || columns.crop > 0;
    const pooled = this.#layer(
      layer.mode === 'max' ? 'MaxPooling2D' : 'AveragePooling2D',
      crops ? `${name}_all` : name,
      [input],
      { pool_size: [size, size], strides: [stride, stride], padding: padding > 0 ? 'same' : 'valid' },
    );
    if (!crops) return;
    this.#layer('Cropping2D', name, [pooled], {
      cropping: [
        [0, rows.crop],
        [0, columns.crop],
      ],
    });
  }

  #pad(name: string, input: string, [top, bottom]: readonly [number, number]): string {
    const sides = [top, bottom];
    return this.#layer('ZeroPadding2D', name, [input], { padding: [sides, sides] });
  }

  #layer(kind: string, name: string, inputs: readonly string[], config: Readonly<Record<string, unknown>>): string {
    const inbound = inputs.map((input) => [input, 0, 0, {}]);
    this.#layers.push({
      class_name: kind,
      config: { name, trainable: true, dtype: 'float32', ...config },
      name,
      inbound_nodes: [inbound],
    });
    return name;
  }

  #nameOf(node: number): string {
    return node === -1 ? NORMALISE : layerName(this.#network.nodes[node]!.name);
  }

  #inputSize(node: number): readonly [height: number, width: number] {
    const [height = 1, width = 1] = node === -1 ? this.#network.input : this.#network.nodes[node]!.shape;
    return [height, width];
  }

  #weight(name: string, parameter: number): void {
    this.#copy(name, this.#network.parameters[parameter]!);
  }

  #buffer(name: string, buffer: number): void {
    this.#copy(name, this.#network.buffers[buffer]!);
  }

  /** Filters HWIO and dense weights [in, out] are tfjs's own order. */
  #copy(name: string, tensor: { readonly name: string; readonly shape: readonly number[] }): void {
    this.#weights.push({ name, shape: tensor.shape, bytes: this.#tensors.get(tensor.name)!.bytes });
  }
}

/** tfjs splits weight names at slashes and takes everything else as it is; Keras refuses dots. */
function layerName(name: string): string {
  return name.replaceAll(/[./]/g, '_');
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
