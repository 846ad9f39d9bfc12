import type { Network } from '../../shared/network/network.ts';
import type { Span } from '../../shared/network/layout.ts';
import type { InspectedLayer } from '../../shared/protocol/inspection.ts';
import { normOf, spreadOf } from './spread.ts';

/** Single weights whose change is looked at, of each layer. */
const MOST_RATIOS = 65_536;
/** Weights that differ by less than this share of the largest one are alike: kernels round units differently. */
const ALIKE = 1e-5;

/** A step's vectors, in the layout of the parameters. */
export interface StepVectors {
  readonly before: Float32Array;
  readonly after: Float32Array;
  /** Summed over the batch, or over its weights: `scale` times it is the mean. */
  readonly gradient: Float32Array;
  readonly scale: number;
}

/** What a step did to the convolutions and dense layers, from the images to the head. Frozen ones are left out. */
export function lookAtLayers(network: Network, spans: readonly Span[], vectors: StepVectors): InspectedLayer[] {
  return network.nodes.flatMap(({ name, layer }) => {
    if (layer.kind !== 'conv' && layer.kind !== 'dense') return [];
    if (network.parameters[layer.weight]!.frozen) return [];
    const { offset, size, shape } = spans[layer.weight]!;
    const part = (vector: Float32Array) => vector.subarray(offset, offset + size);
    const [before, after, gradient] = [part(vectors.before), part(vectors.after), part(vectors.gradient)];
    const weights = normOf(before);
    return {
      name,
      gradient: { norm: normOf(gradient) * Math.abs(vectors.scale), values: spreadOf(gradient, vectors.scale) },
      update: { ratio: weights > 0 ? changeOf(before, after) / weights : 0, values: spreadOf(ratiosOf(before, after)) },
      weightNorm: normOf(after),
      alike: areAlike(after, shape.at(-1)!),
    };
  });
}

function changeOf(before: Float32Array, after: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < before.length; index++) squares += (after[index]! - before[index]!) ** 2;
  return Math.sqrt(squares);
}

/** log10 of the change by the weight, where both are more than nothing. */
function ratiosOf(before: Float32Array, after: Float32Array): Float32Array {
  const stride = Math.ceil(before.length / MOST_RATIOS);
  const ratios = new Float32Array(Math.ceil(before.length / stride));
  let count = 0;
  for (let index = 0; index < before.length; index += stride) {
    const change = Math.abs(after[index]! - before[index]!);
    const weight = Math.abs(before[index]!);
    if (change > 0 && weight > 0) ratios[count++] = Math.log10(change / weight);
  }
  return ratios.subarray(0, count);
}

/** Whether all units have the weights of the first: the last axis is theirs. One unit has nothing to be like. */
function areAlike(weights: Float32Array, units: number): boolean {
  if (units < 2) return false;
  let largest = 0;
  let difference = 0;
  for (let index = 0; index < weights.length; index += units) {
    const first = weights[index]!;
    for (let unit = 0; unit < units; unit++) {
      const weight = weights[index + unit]!;
      largest = Math.max(largest, Math.abs(weight));
      difference = Math.max(difference, Math.abs(weight - first));
    }
    // Most layers show it at once.
    if (difference > 0.1 * largest && largest > 0) return false;
  }
  return difference <= ALIKE * largest;
}
