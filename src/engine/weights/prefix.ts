/** Where a network lies in a file: what stands before each of its names there, `module.` or `state_dict.model.`. */
export interface Place {
  readonly prefix: string;
  /** Other prefixes under which a whole copy lies, such as that of averaged weights. */
  readonly copies: readonly string[];
}

/** What wraps a network: DistributedDataParallel, torch.compile, Lightning and the classes that people write around one. */
const WRAPPERS = /^((module|_orig_mod|model|net|network|state_dict|model_state_dict|backbone|encoder|resnet)\.)*$/;

/**
 * Finds the network of which `wanted` are the names among the names of a file, by the names themselves, so that any wrapper
 * will do; null: it is not there. A group of layers inside it (`layer1.0.conv1`) looks like a small part of it, and is none:
 * a prefix that no wrapper has must lie before half of the network's own groups.
 */
export function placeOf(names: Iterable<string>, wanted: readonly string[]): Place | null {
  const known = new Set(wanted);
  const found = new Map<string, Set<string>>();
  for (const name of names) {
    for (let at = 0; at !== -1; at = nextPart(name, at)) {
      if (!known.has(name.slice(at))) continue;
      const prefix = name.slice(0, at);
      found.set(prefix, (found.get(prefix) ?? new Set()).add(name.slice(at)));
    }
  }
  const groups = groupsOf(wanted).size;
  const candidates = [...found]
    .map(([prefix, tensors]) => ({ prefix, tensors: tensors.size, groups: groupsOf(tensors).size }))
    .filter((candidate) => WRAPPERS.test(candidate.prefix) || 2 * candidate.groups >= groups);
  const [best, ...others] = candidates.toSorted(
    (a, b) =>
      b.groups - a.groups ||
      b.tensors - a.tensors ||
      // The network itself before a copy of it, whatever the copy is called.
      Number(WRAPPERS.test(b.prefix)) - Number(WRAPPERS.test(a.prefix)) ||
      a.prefix.length - b.prefix.length,
  );
  if (best === undefined) return null;
  const copies = others.filter(({ groups: count }) => count === best.groups).map(({ prefix }) => prefix);
  return { prefix: best.prefix, copies };
}

/** Whether a network of this prefix is plainly the network itself. */
export function isWrapper(prefix: string): boolean {
  return WRAPPERS.test(prefix);
}

function nextPart(name: string, at: number): number {
  const dot = name.indexOf('.', at);
  return dot === -1 ? -1 : dot + 1;
}

/** `conv1`, `layer1`. */
export function groupOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

function groupsOf(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].map(groupOf));
}
