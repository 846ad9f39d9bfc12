import { EXIT, GradsocketError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { Network } from './network.ts';

/** Everything but the layer that gives the logits. */
const ALL_BUT_HEAD = 'all-but-head';

/** The layer that gives the logits: what is made anew for other classes. */
export function headOf(network: Network): string {
  return network.nodes.at(-1)!.name;
}

/** The layer that a parameter or buffer belongs to: `layer1.0.bn1` of `layer1.0.bn1.weight`. */
export function layerOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

/**
 * The network with some layers frozen: `all-but-head`, or names of layers (`conv1`), or of groups of them (`layer1`,
 * `layer1.0`), with commas between; null: none. Frozen parameters keep their values. A frozen batch norm normalises as in
 * evaluation and keeps its running statistics: they belong to its weights.
 *
 * @throws GradsocketError for a name of nothing, with the nearest one
 */
export function freeze(network: Network, which: string | null): Network {
  if (which === null) return network;
  const layers = [...new Set(network.parameters.map(({ name }) => layerOf(name)))];
  const chosen = which === ALL_BUT_HEAD ? layers.filter((layer) => layer !== headOf(network)) : named(which, layers);
  if (chosen.length === layers.length) {
    throw new GradsocketError(
      'FREEZE_ALL',
      EXIT.configuration,
      `--freeze ${which} leaves nothing to train. Leave out one layer at least, such as ${headOf(network)}.`,
    );
  }
  const frozen = new Set(chosen);
  return {
    ...network,
    parameters: network.parameters.map((parameter) => ({ ...parameter, frozen: frozen.has(layerOf(parameter.name)) })),
    nodes: network.nodes.map((node) =>
      node.layer.kind === 'batchNorm' && frozen.has(node.name)
        ? { ...node, layer: { ...node.layer, frozen: true } }
        : node,
    ),
  };
}

function named(which: string, layers: readonly string[]): readonly string[] {
  const groups = layers.flatMap((layer) => {
    const parts = layer.split('.');
    return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
  });
  const names = [...new Set(groups)];
  const wanted = which.split(',').map((name) => name.trim());
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const near = nearestName(name, [...names, ALL_BUT_HEAD]);
    const advice = near === null ? `There are ${names.slice(0, 12).join(', ')} and so on` : `Did you mean ${near}?`;
    throw new GradsocketError(
      'UNKNOWN_LAYER',
      EXIT.configuration,
      `--freeze ${which}: this network has no layer ${name}. ${advice}${near === null ? '.' : ''}`,
    );
  }
  return layers.filter((layer) => wanted.some((name) => layer === name || layer.startsWith(`${name}.`)));
}
