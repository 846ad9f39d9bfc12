import type { ActivationKind } from './activation.ts';

/** How a parameter gets its first values. Fans as PyTorch counts them; gains as PyTorch's for the activation. */
export type Initialiser =
  | 'zeros'
  | 'ones'
  | 'random_uniform'
  | 'random_normal'
  | 'glorot_uniform'
  | 'glorot_normal'
  | 'he_uniform'
  | 'he_normal';

/** A learned tensor: conv filters HWIO, dense weights [in, out], biases and batch-norm scale and offset [c]. */
export interface Parameter {
  /** Unique, in PyTorch's manner: `conv1.weight`, `layer1.0.bn1.bias`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  /** For fans and gains; zeros and ones ignore them. */
  readonly fanIn: number;
  readonly fanOut: number;
  /** Keeps its first value: no gradient, no update. */
  readonly frozen: boolean;
}

/** State that is not learned by gradients: running statistics of batch norm. */
export interface Buffer {
  /** `bn1.running_mean`, `bn1.running_var` */
  readonly name: string;
  readonly shape: readonly number[];
  /** 0 for means, 1 for variances. */
  readonly initialValue: number;
}

/** Index of a node in `Network.nodes`; the input image is -1. */
export type NodeId = number;

/**
 * A layer. Parameters and buffers are named by their index in the network's lists. Pixel padding is symmetric, as in
 * PyTorch: output = floor((input + 2*padding - kernel) / stride) + 1.
 */
export type Layer =
  | {
      readonly kind: 'conv';
      readonly input: NodeId;
      readonly filters: number;
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
      readonly weight: number;
      /** null: without bias (before a batch norm) */
      readonly bias: number | null;
    }
  | {
      readonly kind: 'dense';
      readonly input: NodeId;
      readonly units: number;
      readonly weight: number;
      readonly bias: number;
    }
  | {
      readonly kind: 'batchNorm';
      readonly input: NodeId;
      readonly scale: number;
      readonly offset: number;
      readonly runningMean: number;
      readonly runningVariance: number;
      readonly epsilon: number;
      /** Share of the new statistics: running = (1 - momentum) * running + momentum * batch, PyTorch's 0.1. */
      readonly momentum: number;
      /** Normalises by its running statistics in training, too, and leaves them as they are. */
      readonly frozen: boolean;
    }
  | { readonly kind: 'activation'; readonly input: NodeId; readonly function: ActivationKind }
  | {
      readonly kind: 'pool';
      readonly input: NodeId;
      readonly mode: 'max' | 'avg';
      readonly size: number;
      readonly stride: number;
      readonly padding: number;
    }
  | { readonly kind: 'add'; readonly inputs: readonly [NodeId, NodeId] }
  | { readonly kind: 'globalAverage'; readonly input: NodeId }
  | { readonly kind: 'flatten'; readonly input: NodeId }
  | { readonly kind: 'dropout'; readonly input: NodeId; readonly rate: number; readonly mask: number };

export interface NetworkNode {
  readonly name: string;
  readonly layer: Layer;
  /** Shape of one sample's output, without the batch axis: [h, w, c] or [units]. */
  readonly shape: readonly number[];
}

/** A network is data: nodes in topological order; the last one gives the logits. */
export interface Network {
  readonly name: string;
  readonly input: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /**
   * Logits of a sample: one for each class; or a single one for two classes, of which it stands for the second: then the
   * loss is the cross-entropy of its sigmoid.
   */
  readonly outputs: number;
  readonly nodes: readonly NetworkNode[];
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly Buffer[];
  /** Shape of one sample's mask, and rate, for each dropout layer. */
  readonly masks: readonly { readonly shape: readonly number[]; readonly rate: number }[];
}
