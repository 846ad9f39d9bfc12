import { LEAKY_RELU_SLOPE } from '../../shared/network/activation.ts';
import type { Network, NetworkNode } from '../../shared/network/network.ts';
import { ProtobufWriter } from '../../shared/protobuf/writer.ts';
import type { TrainedModel } from '../trained/model.ts';
import { floatsOf, onnxAttribute, onnxTensor, onnxValue } from './onnx-messages.ts';
import { metadataOf } from './metadata.ts';

/** IR 8 and operators of version 17 are read by onnxruntime from 1.12 on (2022). */
const IR_VERSION = 8;
const OPERATORS = 17;

const INPUT = 'pixels';
const OUTPUT = 'logits';
const NORMALISED = 'normalized';

/** ModelProto's fields that are written here; those of nodes and tensors are in onnx-messages.ts. */
const MODEL = { irVersion: 1, producer: 2, producerVersion: 3, graph: 7, operators: 8, metadata: 14 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 } as const;

/**
 * A model as one ONNX file. As is usual there, images have their channels first; they are pixels from 0 to 255, for the normalisation is
 * inside. Its output is logits.
 */
export function onnxFile(
  trained: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint'>,
  version: string,
): Uint8Array {
  const { network } = trained;
  const [height, width, channels] = network.input;
  const { images, preprocessing, output, classes, step, weightsDigest } = metadataOf(trained);
  const metadata = {
    input: `float32 [n, ${channels}, ${height}, ${width}] (channels first), pixels from 0 to 255`,
    images,
    preprocessing: JSON.stringify(preprocessing),
    output,
    classes: JSON.stringify(classes),
    step: String(step),
    weightsDigest,
  };
  const model = new ProtobufWriter()
    .integer(MODEL.irVersion, IR_VERSION)
    .text(MODEL.producer, 'gradsocket')
    .text(MODEL.producerVersion, version)
    .message(MODEL.graph, new GraphWriter(trained).finish())
    .message(MODEL.operators, new ProtobufWriter().text(1, '').integer(2, OPERATORS));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(MODEL.metadata, new ProtobufWriter().text(1, key).text(2, value));
  }
  return model.finish();
}

type Attribute = number | readonly number[];
/** Numbers that ONNX wants as floats, also where they are whole. */
const FLOATS = new Set(['alpha', 'epsilon']);

class GraphWriter {
  readonly #network: Network;
  readonly #tensors: TrainedModel['checkpoint']['tensors'];
  readonly #graph = new ProtobufWriter();
  /** What each of the network's nodes is called in the graph. */
  readonly #names: string[] = [];

  constructor({ network, dataset, checkpoint }: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint'>) {
    this.#network = network;
    this.#tensors = checkpoint.tensors;
    this.#graph.text(GRAPH.name, network.name);
    this.#normalise(dataset);
    for (const node of network.nodes) this.#node(node);
  }

  finish(): ProtobufWriter {
    const network = this.#network;
    const { input, outputs } = network;
    const [height, width, channels] = input;
    this.#operator('Identity', [this.#nameOf(network.nodes.length - 1)], OUTPUT);
    return this.#graph
      .message(GRAPH.input, onnxValue(INPUT, [channels, height, width]))
      .message(GRAPH.output, onnxValue(OUTPUT, [outputs]));
  }

  /** (pixel / 255 - mean) / deviation, for each channel alone. */
  #normalise({ mean, deviation }: TrainedModel['dataset']): void {
    const scale = Float32Array.from(deviation, (value) => 1 / (255 * value));
    const offset = Float32Array.from(deviation, (value, channel) => -mean[channel]! / value);
    const shape = [1, scale.length, 1, 1];
    this.#operator('Mul', [INPUT, this.#constant('normalize.scale', shape, scale)], 'scaled');
    this.#operator('Add', ['scaled', this.#constant('normalize.offset', shape, offset)], NORMALISED);
  }

  #node({ name, layer }: NetworkNode): void {
    const put = (operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}) =>
      this.#names.push(this.#operator(operator, inputs, name, attributes));
    switch (layer.kind) {
      case 'conv': {
        const inputs = [this.#nameOf(layer.input), this.#filters(layer.weight)];
        if (layer.bias !== null) inputs.push(this.#parameter(layer.bias));
        put('Conv', inputs, window(layer.kernel, layer.stride, layer.padding));
        return;
      }
      case 'dense':
        put('Gemm', [this.#nameOf(layer.input), this.#parameter(layer.weight), this.#parameter(layer.bias)]);
        return;
      case 'batchNorm': {
        const { scale, offset, runningMean, runningVariance, epsilon } = layer;
        const learned = [this.#parameter(scale), this.#parameter(offset)];
        const statistics = [this.#buffer(runningMean), this.#buffer(runningVariance)];
        put('BatchNormalization', [this.#nameOf(layer.input), ...learned, ...statistics], { epsilon });
        return;
      }
      case 'activation': {
        const operator = { relu: 'Relu', leaky_relu: 'LeakyRelu', sigmoid: 'Sigmoid', tanh: 'Tanh' }[layer.function];
        put(operator, [this.#nameOf(layer.input)], layer.function === 'leaky_relu' ? { alpha: LEAKY_RELU_SLOPE } : {});
        return;
      }
      case 'pool': {
        const attributes = window(layer.size, layer.stride, layer.padding);
        if (layer.mode === 'max') put('MaxPool', [this.#nameOf(layer.input)], attributes);
        else put('AveragePool', [this.#nameOf(layer.input)], { ...attributes, count_include_pad: 1 });
        return;
      }
      case 'add':
        put(
          'Add',
          layer.inputs.map((input) => this.#nameOf(input)),
        );
        return;
      case 'globalAverage':
        put('ReduceMean', [this.#nameOf(layer.input)], { axes: [2, 3], keepdims: 0 });
        return;
      case 'flatten': {
        // The dense layer's weights are in the order of images whose channels are last.
        const last = this.#operator('Transpose', [this.#nameOf(layer.input)], `${name}.last`, { perm: [0, 2, 3, 1] });
        put('Flatten', [last], { axis: 1 });
        return;
      }
      case 'dropout':
        this.#names.push(this.#nameOf(layer.input));
        return;
    }
  }

  #operator(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(NODE.input, input);
    node.text(NODE.output, output).text(NODE.name, output).text(NODE.operator, operator);
    for (const [name, value] of Object.entries(attributes)) {
      node.message(NODE.attribute, onnxAttribute(name, value, FLOATS.has(name)));
    }
    this.#graph.message(GRAPH.node, node);
    return output;
  }

  #nameOf(node: number): string {
    return node === -1 ? NORMALISED : this.#names[node]!;
  }

  #parameter(index: number): string {
    const { name, shape } = this.#network.parameters[index]!;
    return this.#constant(name, shape, floatsOf(this.#tensors.get(name)!.bytes));
  }

  #buffer(index: number): string {
    const { name, shape } = this.#network.buffers[index]!;
    return this.#constant(name, shape, floatsOf(this.#tensors.get(name)!.bytes));
  }

  /** HWIO as OIHW. */
  #filters(index: number): string {
    const { name, shape } = this.#network.parameters[index]!;
    const [height = 1, width = 1, inputs = 1, outputs = 1] = shape;
    const ours = floatsOf(this.#tensors.get(name)!.bytes);
    const theirs = new Float32Array(ours.length);
    const area = height * width;
    let at = 0;
    for (let place = 0; place < area; place++) {
      for (let input = 0; input < inputs; input++) {
        for (let output = 0; output < outputs; output++) theirs[(output * inputs + input) * area + place] = ours[at++]!;
      }
    }
    return this.#constant(name, [outputs, inputs, height, width], theirs);
  }

  #constant(name: string, shape: readonly number[], values: Float32Array): string {
    this.#graph.message(GRAPH.initializer, onnxTensor(name, shape, values));
    return name;
  }
}

function window(size: number, stride: number, padding: number): Readonly<Record<string, Attribute>> {
  return { kernel_shape: [size, size], strides: [stride, stride], pads: [padding, padding, padding, padding] };
}
