import type { Difference, Member, MemberState } from './member.ts';

/** How many members there are in each state. */
export interface Tally {
  readonly all: Counts;
  /** Of those that are connected. */
  readonly linked: Counts;
}

type Counts = Readonly<Partial<Record<MemberState['name'], number>>>;

/** Of the members as they are, for as long as they are. */
const tallies = new WeakMap<readonly Member[], Tally>();

/** Thousands of members say something one after the other: what follows from their number must not look at all of them each time. */
export function tallyOf(members: readonly Member[]): Tally {
  const known = tallies.get(members);
  if (known !== undefined) return known;
  const made = members.reduce((tally, member) => counted(tally, member, 1), NOBODY);
  tallies.set(members, made);
  return made;
}

export function carryTally(before: readonly Member[], after: readonly Member[], { gone, come }: Difference): void {
  const known = tallies.get(before);
  if (known === undefined) return;
  const left = gone === undefined ? known : counted(known, gone, -1);
  tallies.set(after, come === undefined ? left : counted(left, come, 1));
}

export function countOf(counts: Counts, ...names: readonly MemberState['name'][]): number {
  return names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

const NOBODY: Tally = { all: {}, linked: {} };

function counted({ all, linked }: Tally, { state: { name }, link }: Member, by: 1 | -1): Tally {
  return {
    all: { ...all, [name]: (all[name] ?? 0) + by },
    linked: link === null ? linked : { ...linked, [name]: (linked[name] ?? 0) + by },
  };
}
