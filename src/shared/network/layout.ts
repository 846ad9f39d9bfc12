import type { Network } from './network.ts';

/** Every span starts at a multiple of 16 floats = 64 bytes: TensorFlow then shares the memory instead of copying it. */
export const SPAN_ALIGNMENT = 16;

export interface Span {
  readonly name: string;
  readonly shape: readonly number[];
  /** In floats from the start of the flat vector; a multiple of SPAN_ALIGNMENT. */
  readonly offset: number;
  /** In floats, without padding. */
  readonly size: number;
}

/** Where each tensor lies in a flat float32 vector. Floats between spans are padding and always zero. */
export interface Layout {
  readonly spans: readonly Span[];
  /** Length of the flat vector in floats, a multiple of SPAN_ALIGNMENT. */
  readonly length: number;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function alignUp(n: number, alignment = SPAN_ALIGNMENT): number {
  return Math.ceil(n / alignment) * alignment;
}

function layoutOf(tensors: readonly { readonly name: string; readonly shape: readonly number[] }[]): Layout {
  let offset = 0;
  const spans = tensors.map(({ name, shape }) => {
    const span = { name, shape, offset, size: sizeOf(shape) };
    offset = alignUp(offset + span.size);
    return span;
  });
  return { spans, length: offset };
}

/** The flat vector of the parameters, in model order. Gradients and optimizer state use the same layout. */
export function parameterLayout(network: Network): Layout {
  return layoutOf(network.parameters);
}

/** The flat vector of the buffers (running statistics), in model order. */
export function bufferLayout(network: Network): Layout {
  return layoutOf(network.buffers);
}

/**
 * The vector that is all-reduced: the gradients, then the tail. The tail holds, summed over samples, the batch
 * statistics of each batch norm (mean and unbiased variance of the microbatch times its number of samples, in buffer
 * layout), then the scalars.
 */
export interface StepVectorLayout {
  readonly parameters: Layout;
  readonly buffers: Layout;
  /** Offset of the statistics in floats. */
  readonly statistics: number;
  /** Offset of TAIL_SCALARS. */
  readonly scalars: number;
  /** Length in floats, a multiple of SPAN_ALIGNMENT. */
  readonly length: number;
}

/** Index of each scalar from `StepVectorLayout.scalars` on. All are sums over the global batch (or over workers). */
export const TAIL_SCALARS = {
  lossSum: 0,
  correct: 1,
  samples: 2,
  /** Above zero: somebody was asked to stop after this step. Rides along so that all stop after the same one. */
  stop: 3,
  /** Of the samples' classes; zero where classes have no weights. */
  weights: 4,
} as const;

export function stepVectorLayout(network: Network): StepVectorLayout {
  const parameters = parameterLayout(network);
  const buffers = bufferLayout(network);
  const statistics = parameters.length;
  const scalars = statistics + buffers.length;
  return { parameters, buffers, statistics, scalars, length: scalars + SPAN_ALIGNMENT };
}
