import type { OperationKind, ValueId } from '../steps/operations.ts';

export type Shape = readonly number[];

/** Adds an operation to the program that is being written and returns its outputs. */
export interface Emitter {
  shapeOf(value: ValueId): Shape;
  /**
   * `name` ends up in the names of the outputs. `stated` is the shape of output 0, where the inputs do not decide it.
   */
  emit(operation: OperationKind, inputs: readonly ValueId[], name: string, stated?: Shape): readonly ValueId[];
}

/** An operation of the forward part, to be differentiated. */
interface ForwardCall {
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
  /** Gradient of the loss with respect to output 0. */
  readonly gradient: ValueId;
  /** Name of output 0. */
  readonly name: string;
}

/** Everything that is known of one kind of operation, apart from how engines run it. */
export interface Rule<K extends OperationKind> {
  readonly inputs: number;
  /** Names of the outputs after the first, appended to its name. */
  readonly furtherOutputs?: readonly string[];
  /**
   * Shapes of the outputs. Throws a RangeError where the inputs do not fit. `stated` is the shape of output 0 if the
   * writer of the program gave one; rules that need it check that it fits.
   */
  shapes(operation: K, inputs: readonly Shape[], stated: Shape | undefined): readonly Shape[];
  /**
   * Writes the backward operations and returns the gradient of each input, null where it has none. Gradients that
   * nobody needs are written, too: a pass takes them out. Absent: never differentiated.
   */
  backward?(operation: K, call: ForwardCall, program: Emitter): readonly (ValueId | null)[];
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, axis) => n === b[axis]);
}

/** Throws unless the shapes agree. `what` says which, for people. */
export function expectShape(what: string, actual: Shape, expected: Shape): void {
  if (!sameShape(actual, expected)) {
    throw new RangeError(`${what} has shape [${actual.join(', ')}], expected [${expected.join(', ')}]`);
  }
}

export function expectRank(what: string, shape: Shape, rank: number): void {
  if (shape.length !== rank) throw new RangeError(`${what} has shape [${shape.join(', ')}], expected rank ${rank}`);
}

/** For operations whose inputs do not decide the shape of the output. */
export function required(what: string, stated: Shape | undefined): Shape {
  if (stated === undefined) throw new RangeError(`the shape of ${what} must be stated`);
  return stated;
}

/** Shape of what a window of filters or a pool gives for an image. */
export function windowOutput(
  image: Shape,
  window: {
    readonly size: readonly [number, number];
    readonly strides: readonly [number, number];
    readonly padding: {
      readonly top: number;
      readonly bottom: number;
      readonly left: number;
      readonly right: number;
    };
  },
): readonly [height: number, width: number] {
  expectRank('the image', image, 4);
  const { top, bottom, left, right } = window.padding;
  const height = Math.floor((image[1]! + top + bottom - window.size[0]) / window.strides[0]) + 1;
  const width = Math.floor((image[2]! + left + right - window.size[1]) / window.strides[1]) + 1;
  if (height < 1 || width < 1) {
    throw new RangeError(
      `a window of ${window.size.join('x')} does not fit an image of ${image[1]}x${image[2]} with its padding`,
    );
  }
  return [height, width];
}
