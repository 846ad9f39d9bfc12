import type { Operation, OperationName, ValueId } from '../../program/steps/operations.ts';
import type { StepProgram } from '../../program/steps/program.ts';
import { type Attributes, DATA_TYPE, type DataType } from '../graph/attribute.ts';
import type { GraphWriter, Tensor } from '../graph/graph.ts';

export type OperationOf<K extends OperationName> = Extract<Operation, { readonly op: K }>;

export const FLOAT = { T: { type: DATA_TYPE.float32 } } as const satisfies Attributes;

export interface GraphOptions {
  /** Where the graph will run: which kernels are fast depends on it. */
  readonly onGpu: boolean;
  /** The processor has no kernel for gradients of filters in float32 that comes up to its other ones. Absent: it has. */
  readonly slowFilterGradients?: boolean;
}

/** What lowering one operation has at hand: the graph being written, and the tensors of the values so far. */
export class LoweringContext {
  readonly graph: GraphWriter;
  readonly onGpu: boolean;
  readonly slowFilterGradients: boolean;
  readonly #program: StepProgram;
  readonly #tensors: readonly (Tensor | undefined)[];

  constructor(
    graph: GraphWriter,
    program: StepProgram,
    tensors: readonly (Tensor | undefined)[],
    { onGpu, slowFilterGradients = false }: GraphOptions,
  ) {
    this.graph = graph;
    this.onGpu = onGpu;
    this.slowFilterGradients = slowFilterGradients;
    this.#program = program;
    this.#tensors = tensors;
  }

  /** The tensors of an operation's inputs, in order. */
  inputs(operation: Operation): Tensor[] {
    return operation.inputs.map((value) => {
      const tensor = this.#tensors[value];
      if (tensor === undefined) {
        throw new RangeError(
          `${operation.op} reads ${this.#program.values[value]?.name ?? value}, which nothing writes.`,
        );
      }
      return tensor;
    });
  }

  shape(value: ValueId | undefined): readonly number[] {
    const known = value === undefined ? undefined : this.#program.values[value];
    if (known === undefined) throw new RangeError(`The program has no value ${value}.`);
    return known.shape;
  }

  /** The operations that read a value. */
  readers(value: ValueId): readonly Operation[] {
    return this.#program.operations.filter(({ inputs }) => inputs.includes(value));
  }

  /** Nodes are called after the first value that their operation writes. */
  name(operation: Operation): string {
    return this.#program.values[operation.outputs[0]!]!.name;
  }

  /** Attribute `T`: what an operation computes in is the type of the first value that it writes. */
  typeOf(operation: Operation): Attributes & { readonly T: { readonly type: DataType } } {
    return { T: { type: DATA_TYPE[this.#program.values[operation.outputs[0]!]!.dtype] } };
  }

  /** `T` and the order of axes, for operations on images. */
  imageType(operation: Operation): Attributes & { readonly T: { readonly type: DataType } } {
    return { ...this.typeOf(operation), data_format: { text: 'NHWC' } };
  }

  cast(tensor: Tensor, from: DataType, to: DataType, name: string): Tensor {
    return this.graph.node('Cast', name, [tensor], { SrcT: { type: from }, DstT: { type: to } });
  }

  reshape(tensor: Tensor, shape: readonly number[], name: string, type: Attributes = FLOAT): Tensor {
    return this.graph.node('Reshape', name, [tensor, this.graph.integers([shape.length], shape)], {
      ...type,
      Tshape: { type: DATA_TYPE.int32 },
    });
  }
}
