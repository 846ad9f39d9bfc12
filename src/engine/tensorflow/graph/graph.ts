import { type Attributes, DATA_TYPE, type DataType, encodeAttribute } from './attribute.ts';
import { ProtobufWriter } from '../../../shared/protobuf/writer.ts';

/** A tensor of a graph: `node:output`. This is how nodes name their inputs and how runs name feeds and fetches. */
export type Tensor = string;

/** What TensorFlow allows, less `>`, `-` and `\`; `,` and `:` would break the addon's lists of names. */
const NODE_NAME = /^[A-Za-z0-9.][A-Za-z0-9_./]*$/;

/** Of TensorFlow 2.9; any version since then reads graphs of this one. */
const GRAPH_VERSION = 1087;

/** Writes a flat graph (tensorflow.GraphDef): no functions, variables or control edges. */
export class GraphWriter {
  readonly #nodes: ProtobufWriter[] = [];
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, Tensor>();

  /** Adds a node and returns its first output. A name that is taken gets a number. */
  node(operation: string, name: string, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    const unique = this.#claim(name);
    const node = new ProtobufWriter().text(1, unique).text(2, operation);
    for (const input of inputs) node.text(3, input);
    for (const [key, attribute] of Object.entries(attributes)) {
      node.message(5, new ProtobufWriter().text(1, key).message(2, encodeAttribute(attribute)));
    }
    this.#nodes.push(node);
    return `${unique}:0`;
  }

  placeholder(name: string, type: DataType, shape: readonly number[]): Tensor {
    return this.node('Placeholder', name, [], { dtype: { type }, shape: { shape } });
  }

  /** An int32 constant; equal ones share a node. */
  integers(shape: readonly number[], values: readonly number[]): Tensor {
    return this.#constant(DATA_TYPE.int32, shape, new Uint8Array(Int32Array.from(values).buffer));
  }

  floats(shape: readonly number[], values: readonly number[]): Tensor {
    return this.#constant(DATA_TYPE.float32, shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** A scalar constant; in bfloat16 one that it has: a float32 whose lower half is zero. */
  scalar(value: number, type: DataType = DATA_TYPE.float32): Tensor {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    return this.#constant(type, [], type === DATA_TYPE.bfloat16 ? bytes.slice(2) : bytes);
  }

  /** The float32 tensor of no elements. */
  empty(): Tensor {
    return this.#constant(DATA_TYPE.float32, [0], new Uint8Array(0));
  }

  get nodes(): number {
    return this.#nodes.length;
  }

  /** The GraphDef. */
  finish(): ProtobufWriter {
    const graph = new ProtobufWriter();
    for (const node of this.#nodes) graph.message(1, node);
    return graph.message(4, new ProtobufWriter().integer(1, GRAPH_VERSION));
  }

  #constant(type: DataType, shape: readonly number[], content: Uint8Array): Tensor {
    const key = `${type} ${shape.join('x')} ${Buffer.from(content).toString('hex')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant${this.#constants.size}`;
    const tensor = this.node('Const', name, [], { dtype: { type }, value: { tensor: { type, shape, content } } });
    this.#constants.set(key, tensor);
    return tensor;
  }

  #claim(name: string): string {
    if (!NODE_NAME.test(name)) throw new RangeError(`TensorFlow does not allow ${JSON.stringify(name)} as a name.`);
    let unique = name;
    for (let n = 1; this.#names.has(unique); n++) unique = `${name}_${n}`;
    this.#names.add(unique);
    return unique;
  }
}

/** Output `index` of the node whose first output is `tensor`. */
export function outputOf(tensor: Tensor, index: number): Tensor {
  return `${tensor.slice(0, tensor.lastIndexOf(':'))}:${index}`;
}
