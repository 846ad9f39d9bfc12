import { layerOf } from '../../shared/network/freeze.ts';
import { sizeOf } from '../../shared/network/layout.ts';
import type { Layer, Network } from '../../shared/network/network.ts';

/** One layer of a network, as it is shown. */
interface LayerRow {
  readonly name: string;
  readonly layer: string;
  /** The shape of what the layer puts out for one sample. */
  readonly output: readonly number[];
  readonly parameters: number;
  readonly frozen: boolean;
}

export interface NetworkSummary {
  readonly model: string;
  readonly input: readonly number[];
  readonly classes: number;
  readonly outputs: number;
  readonly layers: readonly LayerRow[];
  readonly parameters: number;
  /** Those that are not frozen. */
  readonly trained: number;
  /** Running statistics. */
  readonly buffers: number;
}

export function summaryOf(network: Network): NetworkSummary {
  const { name: model, input, classes, outputs } = network;
  const ofLayer = (name: string) => network.parameters.filter((parameter) => layerOf(parameter.name) === name);
  const layers = network.nodes.map(({ name, layer, shape }): LayerRow => {
    const own = ofLayer(name);
    const frozen = own.some((parameter) => parameter.frozen);
    return { name, layer: describe(layer), output: shape, parameters: countOf(own), frozen };
  });
  return {
    model,
    input,
    classes,
    outputs,
    layers,
    parameters: countOf(network.parameters),
    trained: countOf(network.parameters.filter(({ frozen }) => !frozen)),
    buffers: countOf(network.buffers),
  };
}

function countOf(tensors: readonly { readonly shape: readonly number[] }[]): number {
  return tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function describe(layer: Layer): string {
  switch (layer.kind) {
    case 'conv':
      return `conv ${side(layer.kernel)}${strideText(layer)}${layer.bias === null ? ', no bias' : ''}`;
    case 'dense':
      return 'dense';
    case 'batchNorm':
      return 'batch norm';
    case 'activation':
      return layer.function.replace('_', ' ');
    case 'pool':
      return `${layer.mode === 'max' ? 'max' : 'average'} pool ${side(layer.size)}${strideText(layer)}`;
    case 'add':
      return 'add';
    case 'globalAverage':
      return 'global average';
    case 'flatten':
      return 'flatten';
    case 'dropout':
      return `dropout ${layer.rate}`;
  }
}

function side(pixels: number): string {
  return `${pixels}x${pixels}`;
}

function strideText({ stride }: { readonly stride: number }): string {
  return stride === 1 ? '' : `, stride ${stride}`;
}
