/** The digest of the parameters that a worker holds. */
export interface HeldDigest {
  readonly worker: string;
  readonly digest: string;
}

/**
 * Whether all hold the same weights; if not, a sentence that names who holds what. With a majority, the others are the
 * ones to look at; without one, nobody can say who is right.
 */
export function disagreement(held: readonly HeldDigest[]): string | null {
  const byDigest = new Map<string, string[]>();
  for (const { worker, digest } of held) byDigest.set(digest, [...(byDigest.get(digest) ?? []), worker]);
  if (byDigest.size <= 1) return null;
  const groups = [...byDigest].toSorted(([, a], [, b]) => b.length - a.length);
  const described = groups.map(([digest, workers]) => `${digest.slice(0, 12)}... at ${workers.join(', ')}`).join('; ');
  const [first, ...others] = groups.map(([, workers]) => workers);
  if (first!.length === others[0]!.length) return `${described}.`;
  const odd = others.flat();
  return `${described}. ${odd.join(', ')} ${odd.length === 1 ? 'differs' : 'differ'} from the majority.`;
}
