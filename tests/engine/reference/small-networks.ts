import type { ActivationKind } from '../../../src/shared/network/activation.ts';
import { INPUT, NetworkBuilder } from '../../../src/shared/network/builder.ts';
import { buildCnn } from '../../../src/shared/network/cnn.ts';
import { freeze } from '../../../src/shared/network/freeze.ts';
import type { Network } from '../../../src/shared/network/network.ts';

/** A CNN with every kind of layer that CNNs have, small enough for central differences. */
export function smallCnn(activation: ActivationKind): Network {
  const options = {
    channels: [3, 4],
    kernel: 3,
    pool: 'max',
    batchNorm: false,
    dense: 5,
    dropout: 0.5,
    activation,
    init: 'glorot_uniform',
  } as const;
  return buildCnn(options, [6, 5, 2], 3);
}

/** A residual network in little: 7x7-like stem with padded pool, an identity block, and one with a projection. */
export function smallResNet(activation: ActivationKind): Network {
  const net = new NetworkBuilder([9, 8, 2], 'glorot_normal');
  const conv = { stride: 1, padding: 1, kernel: 3, bias: false };
  let x = net.conv('conv1', INPUT, { ...conv, filters: 3 });
  x = net.batchNorm('bn1', x);
  x = net.activation('act', x, activation);
  x = net.pool('maxpool', x, { mode: 'max', size: 3, stride: 2, padding: 1 });
  const identity = net.batchNorm('block1.bn', net.conv('block1.conv', x, { ...conv, filters: 3 }));
  x = net.activation('block1.act', net.add('block1.add', identity, x), activation);
  const narrow = net.batchNorm('block2.bn', net.conv('block2.conv', x, { ...conv, filters: 4, stride: 2 }));
  const options = { filters: 4, kernel: 1, stride: 2, padding: 0, bias: false };
  const projection = net.batchNorm('block2.downsample.1', net.conv('block2.downsample.0', x, options));
  x = net.activation('block2.act', net.add('block2.add', narrow, projection), activation);
  x = net.globalAverage('avgpool', x);
  net.dense('fc', x, 3);
  return net.finish('small-resnet');
}

/** What else a CNN may have: batch norm, average pooling, 5x5 filters, and one logit for two classes. */
export function smallBinaryCnn(activation: ActivationKind): Network {
  const options = { channels: [3, 4], kernel: 5, pool: 'avg', batchNorm: true, dense: 4, dropout: 0 } as const;
  return buildCnn({ ...options, activation, init: 'glorot_uniform' }, [7, 6, 1], 1);
}

/** Frozen below, in the middle and at the side: gradients pass through frozen batch norms, or end above them. */
export function partlyFrozen(activation: ActivationKind): Network {
  return freeze(smallResNet(activation), 'bn1,block1.bn,block2.conv,block2.bn');
}

/** Indexes of the frozen parameters. */
export function frozenIn(network: Network): ReadonlySet<number> {
  return new Set(network.parameters.flatMap(({ frozen }, index) => (frozen ? [index] : [])));
}
