import type { ActivationKind } from './activation.ts';
import { INPUT, NetworkBuilder } from './builder.ts';
import type { Initialiser, Network } from './network.ts';

export interface CnnOptions {
  /** Filters of each convolution block. */
  readonly channels: readonly number[];
  /** Units of the hidden dense layer. */
  readonly dense: number;
  /** 0: no dropout layer. */
  readonly dropout: number;
  readonly activation: ActivationKind;
  readonly init: Initialiser;
}

/** Blocks of convolution, activation and pooling; then a hidden dense layer, dropout and the classifier. */
export function buildCnn(options: CnnOptions, input: Network['input'], classes: number): Network {
  const net = new NetworkBuilder(input, options.init);
  let x = INPUT;
  for (const [index, filters] of options.channels.entries()) {
    const n = index + 1;
    x = net.conv(`conv${n}`, x, { filters, kernel: 3, stride: 1, padding: 1, bias: true });
    x = net.activation(`act${n}`, x, options.activation);
    const [height, width] = net.shapeOf(x);
    // Small images run out of pixels before long stacks run out of blocks.
    if (Math.min(height!, width!) >= 2) x = net.pool(`pool${n}`, x, { mode: 'max', size: 2, stride: 2, padding: 0 });
  }
  x = net.flatten('flatten', x);
  x = net.dense('fc1', x, options.dense);
  x = net.activation('fc1.act', x, options.activation);
  if (options.dropout > 0) x = net.dropout('dropout', x, options.dropout);
  net.dense('fc2', x, classes);
  return net.finish('cnn');
}
