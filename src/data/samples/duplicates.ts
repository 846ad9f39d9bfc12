import type { Split } from '../../shared/protocol/shared.ts';

/** A sample with its bytes' hash, as far as it is used. */
export interface Hashed {
  readonly name: string;
  readonly label: number;
  readonly split: Split;
  readonly hash: string;
}

/** Two samples with the same bytes: names. */
type Pair = readonly [string, string];

export interface Duplicates {
  /** Each validation sample that is also trained on, and the training sample. */
  readonly acrossSplits: readonly Pair[];
  /** Each sample that is of another class than the first one with the same bytes, and that one. */
  readonly acrossClasses: readonly Pair[];
}

/** The same picture where it does harm. One that is twice in one class of one part is only counted twice. */
export function duplicatesAmong(samples: readonly Hashed[]): Duplicates {
  const first = new Map<string, Hashed>();
  const trained = new Map<string, Hashed>();
  for (const sample of samples) {
    if (!first.has(sample.hash)) first.set(sample.hash, sample);
    if (sample.split === 'train' && !trained.has(sample.hash)) trained.set(sample.hash, sample);
  }
  const acrossSplits: Pair[] = [];
  const acrossClasses: Pair[] = [];
  for (const { name, label, split, hash } of samples) {
    const twin = trained.get(hash);
    if (split === 'validation' && twin !== undefined) acrossSplits.push([name, twin.name]);
    const other = first.get(hash)!;
    if (other.label !== label) acrossClasses.push([name, other.name]);
  }
  return { acrossSplits, acrossClasses };
}

export function duplicateNotices({ acrossSplits, acrossClasses }: Duplicates): readonly string[] {
  const notices: string[] = [];
  if (acrossSplits.length > 0) {
    const what =
      acrossSplits.length === 1
        ? '1 validation sample has the same bytes as a training sample'
        : `${acrossSplits.length} validation samples have the same bytes as training samples`;
    notices.push(`${what} (${pairsText(acrossSplits)}): the validation accuracy counts what was trained on.`);
  }
  if (acrossClasses.length > 0) {
    const what = acrossClasses.length === 1 ? '1 image lies' : `${acrossClasses.length} images lie`;
    notices.push(
      `${what} in a second class, too (${pairsText(acrossClasses)}): one of the two must be wrong. Remove it.`,
    );
  }
  return notices;
}

const NAMED = 3;

function pairsText(pairs: readonly Pair[]): string {
  const more = pairs.length > NAMED ? `, ... ${pairs.length} in all` : '';
  return `${pairs
    .slice(0, NAMED)
    .map(([a, b]) => `${a} = ${b}`)
    .join(', ')}${more}`;
}
