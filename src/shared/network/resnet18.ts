import type { ActivationKind } from './activation.ts';
import { INPUT, NetworkBuilder } from './builder.ts';
import type { Initialiser, Network, NodeId } from './network.ts';

export interface ResNetOptions {
  readonly activation: ActivationKind;
  readonly init: Initialiser;
  /** The last batch norm of each block starts with a scale of zero. */
  readonly zeroInitResidual: boolean;
  /** Without shortcuts, and without what projects them. Everything else has its name and its place. */
  readonly noSkip: boolean;
}

/** Images with a side under this get the 3x3 stem, which keeps their few pixels. */
export const SMALL_IMAGE_BELOW = 96;

/** Filters of the four stages; each has BLOCKS_PER_STAGE blocks. */
const STAGES = [64, 128, 256, 512];
const BLOCKS_PER_STAGE = 2;

/** He et al., "Deep Residual Learning for Image Recognition", with torchvision's names and order of parameters. */
export function buildResNet18(options: ResNetOptions, input: Network['input'], outputs: number): Network {
  const net = new NetworkBuilder(input, options.init);
  let x = stem(net, options.activation, Math.min(input[0], input[1]) < SMALL_IMAGE_BELOW);
  for (const [stage, filters] of STAGES.entries()) {
    for (let block = 0; block < BLOCKS_PER_STAGE; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = basicBlock(net, `layer${stage + 1}.${block}`, x, filters, stride, options);
    }
  }
  x = net.globalAverage('avgpool', x);
  net.dense('fc', x, outputs);
  return net.finish('resnet18');
}

function stem(net: NetworkBuilder, activation: ActivationKind, small: boolean): NodeId {
  const window = small ? { kernel: 3, stride: 1, padding: 1 } : { kernel: 7, stride: 2, padding: 3 };
  let x = net.conv('conv1', INPUT, { filters: STAGES[0]!, ...window, bias: false });
  x = net.batchNorm('bn1', x);
  x = net.activation('act', x, activation);
  return small ? x : net.pool('maxpool', x, { mode: 'max', size: 3, stride: 2, padding: 1 });
}

/** Two 3x3 convolutions beside a shortcut, if there are any, which is a 1x1 projection where the shape changes. */
function basicBlock(
  net: NetworkBuilder,
  name: string,
  input: NodeId,
  filters: number,
  stride: number,
  { activation, zeroInitResidual, noSkip }: ResNetOptions,
): NodeId {
  let x = net.conv(`${name}.conv1`, input, { filters, kernel: 3, stride, padding: 1, bias: false });
  x = net.batchNorm(`${name}.bn1`, x);
  x = net.activation(`${name}.act1`, x, activation);
  x = net.conv(`${name}.conv2`, x, { filters, kernel: 3, stride: 1, padding: 1, bias: false });
  x = net.batchNorm(`${name}.bn2`, x, zeroInitResidual ? 'zeros' : 'ones');
  if (noSkip) return net.activation(`${name}.act2`, x, activation);
  let shortcut = input;
  if (stride !== 1 || net.shapeOf(input).at(-1) !== filters) {
    shortcut = net.conv(`${name}.downsample.0`, input, { filters, kernel: 1, stride, padding: 0, bias: false });
    shortcut = net.batchNorm(`${name}.downsample.1`, shortcut);
  }
  x = net.add(`${name}.add`, x, shortcut);
  return net.activation(`${name}.act2`, x, activation);
}
