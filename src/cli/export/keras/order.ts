/** A layer, with the names of those that it takes its input from. */
export interface Wired {
  readonly name: string;
  readonly inputs: readonly string[];
}

/**
 * Layers in the order in which Keras has them once it has loaded a model, by which it finds their weights: those farthest from the output
 * first, of several that are as far the one first that a walk back from the output meets first.
 */
export function kerasOrder<T extends Wired>(layers: readonly T[], output: string): readonly T[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const met = new Map<string, number>();
  const ends: string[] = [];
  const walk = (name: string): void => {
    if (met.has(name)) return;
    met.set(name, met.size);
    for (const input of byName.get(name)!.inputs) walk(input);
    ends.push(name);
  };
  walk(output);
  const depths = new Map<string, number>();
  for (const name of ends.toReversed()) {
    const depth = depths.get(name) ?? 0;
    depths.set(name, depth);
    for (const input of byName.get(name)!.inputs) depths.set(input, Math.max(depth + 1, depths.get(input) ?? 0));
  }
  return layers
    .filter(({ name }) => met.has(name))
    .toSorted((a, b) => depths.get(b.name)! - depths.get(a.name)! || met.get(a.name)! - met.get(b.name)!);
}
