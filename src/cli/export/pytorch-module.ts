import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../shared/network/activation.ts';
import type { Layer, Network, NetworkNode } from '../../shared/network/network.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { preprocessingText } from './preprocessing-text.ts';

const ACTIVATIONS: Readonly<Record<ActivationKind, string>> = {
  relu: 'nn.ReLU()',
  leaky_relu: `nn.LeakyReLU(${LEAKY_RELU_SLOPE})`,
  sigmoid: 'nn.Sigmoid()',
  tanh: 'nn.Tanh()',
};

/**
 * model.py: the network as a PyTorch module that needs nothing but torch, with the names of the weights file. It is written
 * from the network's nodes, one statement each, so that it cannot say anything else than they do.
 */
export function pytorchModule(
  network: Network,
  dataset: Pick<DatasetDescription, 'classes' | 'mean' | 'deviation' | 'imageShape' | 'decoding'>,
): string {
  const { classes, mean, deviation } = dataset;
  const [height, width, channels] = network.input;
  const made = network.nodes.flatMap((node) => constructor(network, node));
  const steps = network.nodes.map((node, index) => `        ${value(index)} = ${expression(node)}`);
  const output = network.outputs === 1 ? 'one logit, that of the second class' : 'logits, one for each of CLASSES';
  const probabilities =
    network.outputs === 1
      ? 'logits.sigmoid()  # of CLASSES[1]; 1 minus that is that of CLASSES[0]'
      : 'logits.softmax(1)  # in the order of CLASSES';
  return `"""The network of the weights beside this file. Written by gradsocket.

    from model import load
    logits = load("model.safetensors")(images)  # [n, ${channels}, ${height}, ${width}], pixels / 255; ${output}
    probabilities = ${probabilities}

Images before that: ${preprocessingText(dataset)}.
"""

import torch
from torch import nn

CLASSES = ${JSON.stringify(classes)}
MEAN = ${JSON.stringify(mean)}
DEVIATION = ${JSON.stringify(deviation)}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
${made.map((line) => `        ${line}`).join('\n')}

    def add(self, name, module):
        """Puts a module at a name with dots in it."""
        *groups, last = name.split(".")
        parent = self
        for group in groups:
            if not hasattr(parent, group):
                parent.add_module(group, nn.Module())
            parent = getattr(parent, group)
        parent.add_module(last, module)

    def forward(self, pixels):
        """From pixels between 0 and 1."""
        mean = torch.tensor(MEAN, dtype=pixels.dtype, device=pixels.device).view(1, -1, 1, 1)
        deviation = torch.tensor(DEVIATION, dtype=pixels.dtype, device=pixels.device).view(1, -1, 1, 1)
        return self.network((pixels - mean) / deviation)

    def network(self, images):
        layer = self.get_submodule
${steps.join('\n')}
        return ${value(network.nodes.length - 1)}


def load(file):
    from safetensors.torch import load_file

    model = Model()
    model.load_state_dict(load_file(file))
    return model.eval()
`;
}

function value(node: number): string {
  return node < 0 ? 'images' : `x${node}`;
}

function constructor(network: Network, { name, layer }: NetworkNode): readonly string[] {
  const made = moduleOf(network, layer);
  return made === null ? [] : [`self.add("${name}", ${made})`];
}

/** What holds weights is a module; everything else is written where it is computed. */
function moduleOf(network: Network, layer: Layer): string | null {
  switch (layer.kind) {
    case 'conv': {
      const [, , inputs] = network.parameters[layer.weight]!.shape;
      const { filters, kernel, stride, padding, bias } = layer;
      const flag = bias === null ? 'False' : 'True';
      return `nn.Conv2d(${inputs}, ${filters}, ${kernel}, ${stride}, ${padding}, bias=${flag})`;
    }
    case 'dense':
      return `nn.Linear(${network.parameters[layer.weight]!.shape[0]}, ${layer.units})`;
    case 'batchNorm': {
      const channels = network.parameters[layer.scale]!.shape[0];
      return `nn.BatchNorm2d(${channels}, eps=${layer.epsilon}, momentum=${layer.momentum})`;
    }
    case 'activation':
    case 'pool':
    case 'add':
    case 'globalAverage':
    case 'flatten':
    case 'dropout':
      return null;
  }
}

function expression({ name, layer }: NetworkNode): string {
  switch (layer.kind) {
    case 'conv':
    case 'dense':
    case 'batchNorm':
      return `layer("${name}")(${value(layer.input)})`;
    case 'activation':
      return `${ACTIVATIONS[layer.function]}(${value(layer.input)})`;
    case 'pool': {
      const kind = layer.mode === 'max' ? 'max_pool2d' : 'avg_pool2d';
      return `nn.functional.${kind}(${value(layer.input)}, ${layer.size}, ${layer.stride}, ${layer.padding})`;
    }
    case 'add':
      return layer.inputs.map(value).join(' + ');
    case 'globalAverage':
      return `${value(layer.input)}.mean((2, 3))`;
    case 'flatten':
      return `${value(layer.input)}.flatten(1)`;
    case 'dropout':
      return `nn.functional.dropout(${value(layer.input)}, ${layer.rate}, self.training)`;
  }
}
