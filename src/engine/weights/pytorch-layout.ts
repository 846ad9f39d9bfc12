import { sizeOf } from '../../shared/network/layout.ts';
import type { Network, Parameter } from '../../shared/network/network.ts';

/**
 * How PyTorch stores a tensor that we store otherwise: our values, seen in the shape `view`, with their axes in the order
 * `axes`, are PyTorch's.
 */
export interface PytorchTensor {
  readonly name: string;
  /** PyTorch's. */
  readonly shape: readonly number[];
  readonly view: readonly number[];
  readonly axes: readonly number[];
}

/** Where filters [height, width, in, out] have their axes in PyTorch's [out, in, height, width]. */
const FILTER_AXES = [3, 2, 0, 1];

/** By index of the parameter. */
export function pytorchParameters(network: Network): readonly PytorchTensor[] {
  const layouts = new Map<number, Omit<PytorchTensor, 'name'>>();
  for (const { layer } of network.nodes) {
    if (layer.kind === 'conv') layouts.set(layer.weight, filterLayout(network.parameters[layer.weight]!.shape));
    if (layer.kind === 'dense') layouts.set(layer.weight, denseLayout(network, layer.input, layer.units));
  }
  return network.parameters.map((parameter, index) => ({
    name: parameter.name,
    ...(layouts.get(index) ?? sameLayout(parameter)),
  }));
}

/** The values in PyTorch's order. */
export function toPytorch(values: Float32Array, { view, axes }: PytorchTensor): Float32Array {
  return transposed(values, view, axes);
}

/** Values in PyTorch's order, in ours. */
export function fromPytorch(values: Float32Array, { view, axes }: PytorchTensor): Float32Array {
  return transposed(
    values,
    axes.map((axis) => view[axis]!),
    axes.map((_, axis) => axes.indexOf(axis)),
  );
}

function sameLayout({ shape }: Pick<Parameter, 'shape'>): Omit<PytorchTensor, 'name'> {
  return { shape, view: shape, axes: shape.map((_, axis) => axis) };
}

function filterLayout(view: readonly number[]): Omit<PytorchTensor, 'name'> {
  return { shape: FILTER_AXES.map((axis) => view[axis]!), view, axes: FILTER_AXES };
}

/**
 * Weights [in, out] are PyTorch's [out, in]. After a flattened image, `in` runs over height, width, channels here and over
 * channels, height, width there: like filters as large as the image.
 */
function denseLayout(network: Network, input: number, units: number): Omit<PytorchTensor, 'name'> {
  const before = network.nodes[input];
  const image = before?.layer.kind === 'flatten' ? shapeOf(network, before.layer.input) : null;
  if (image !== null && image.length === 3) {
    return { shape: [units, sizeOf(image)], view: [...image, units], axes: FILTER_AXES };
  }
  const fanIn = sizeOf(shapeOf(network, input));
  return { shape: [units, fanIn], view: [fanIn, units], axes: [1, 0] };
}

function shapeOf(network: Network, node: number): readonly number[] {
  return node < 0 ? network.input : network.nodes[node]!.shape;
}

/** `values` of `shape`, row-major, with the axes in another order. */
function transposed(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  // Four axes always: missing ones have one element.
  const missing = 4 - axes.length;
  const [d0, d1, d2, d3] = axes.map((axis) => shape[axis]!).toSpliced(0, 0, ...Array<number>(missing).fill(1)) as Four;
  const [s0, s1, s2, s3] = axes
    .map((axis) => strides[axis]!)
    .toSpliced(0, 0, ...Array<number>(missing).fill(0)) as Four;
  const result = new Float32Array(values.length);
  let at = 0;
  for (let a = 0; a < d0; a++) {
    for (let b = 0; b < d1; b++) {
      for (let c = 0; c < d2; c++) {
        for (let d = 0, from = a * s0 + b * s1 + c * s2; d < d3; d++, from += s3) result[at++] = values[from]!;
      }
    }
  }
  return result;
}

type Four = [number, number, number, number];
