import type { ActivationKind } from './activation.ts';
import { INPUT, NetworkBuilder } from './builder.ts';
import type { Initialiser, Network } from './network.ts';

export interface CnnOptions {
  /** Filters of each convolution block. */
  readonly channels: readonly number[];
  /** Pixels a side of the filters: odd, so that the image keeps its size. */
  readonly kernel: number;
  readonly pool: 'max' | 'avg';
  /** After each convolution, which then has no bias. */
  readonly batchNorm: boolean;
  /** Units of the hidden dense layer. */
  readonly dense: number;
  /** 0: no dropout layer. */
  readonly dropout: number;
  readonly activation: ActivationKind;
  readonly init: Initialiser;
}

/** Blocks of convolution, batch norm, activation and pooling; then a hidden dense layer, dropout and the classifier. */
export function buildCnn(options: CnnOptions, input: Network['input'], outputs: number): Network {
  const { kernel, pool, batchNorm } = options;
  const net = new NetworkBuilder(input, options.init);
  let x = INPUT;
  for (const [index, filters] of options.channels.entries()) {
    const n = index + 1;
    x = net.conv(`conv${n}`, x, { filters, kernel, stride: 1, padding: (kernel - 1) / 2, bias: !batchNorm });
    if (batchNorm) x = net.batchNorm(`bn${n}`, x);
    x = net.activation(`act${n}`, x, options.activation);
    const [height, width] = net.shapeOf(x);
    // Small images run out of pixels before long stacks run out of blocks.
    if (Math.min(height!, width!) >= 2) x = net.pool(`pool${n}`, x, { mode: pool, size: 2, stride: 2, padding: 0 });
  }
  x = net.flatten('flatten', x);
  x = net.dense('fc1', x, options.dense);
  x = net.activation('fc1.act', x, options.activation);
  if (options.dropout > 0) x = net.dropout('dropout', x, options.dropout);
  net.dense('fc2', x, outputs);
  return net.finish('cnn');
}
