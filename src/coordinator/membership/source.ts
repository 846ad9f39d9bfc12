/** A worker that holds the state of the run. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly rank: number;
  /** How many it heals already. */
  readonly heals: number;
}

/**
 * Who heals a worker: whoever heals the fewest, but rank 0, which sends the checkpoints, only where there is nobody else. Null:
 * nobody can.
 */
export function chooseSource(
  candidates: readonly Candidate[],
): { readonly id: string; readonly name: string; readonly why: string } | null {
  const others = candidates.filter(({ rank }) => rank !== 0);
  const [first] = (others.length > 0 ? others : candidates).toSorted((a, b) => a.heals - b.heals || b.rank - a.rank);
  if (first === undefined) return null;
  const why =
    candidates.length === 1
      ? 'it is the only one that can'
      : `it heals ${first.heals} others${first.rank === 0 ? '' : ', and sends no checkpoints'}`;
  return { id: first.id, name: first.name, why };
}
