import type { Difference, Member } from './member.ts';

type Named = Pick<Member, 'name'>;

/** The names of the members as they are; they go on to what those become. */
const names = new WeakMap<readonly Named[], Set<string>>();

/** Whether one of them has this name. Each of thousands brings its own, and must not be compared with all that are there. */
function isTaken(members: readonly Named[], name: string): boolean {
  const known = names.get(members) ?? new Set(members.map((member) => member.name));
  names.set(members, known);
  return known.has(name);
}

/** For the one with this id: the name that it wants, or another where a member has that. */
export function freeName(members: readonly Named[], wanted: string, id: string): string {
  if (!isTaken(members, wanted)) return wanted;
  const stem = wanted.slice(0, 100);
  for (let n = 1; ; n++) {
    const name = n === 1 ? `${stem} (${id})` : `${stem} (${id}, ${n})`;
    if (!isTaken(members, name)) return name;
  }
}

export function carryNames(before: readonly Named[], after: readonly Named[], { gone, come }: Difference<Named>): void {
  const known = names.get(before);
  if (known === undefined) return;
  names.delete(before);
  if (gone !== undefined) known.delete(gone.name);
  if (come !== undefined) known.add(come.name);
  names.set(after, known);
}
