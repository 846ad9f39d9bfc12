import type { StateDigests } from '../../shared/checkpoint/state-digest.ts';

/** The digest of something that a worker holds, or another text that is the same where that is. */
export interface HeldDigest {
  readonly worker: string;
  readonly digest: string;
}

/** Nobody compares more of it by eye. */
const shortened = (digest: string): string => `${digest.slice(0, 12)}...`;

/**
 * Whether all hold the same; if not, a sentence that names who holds what. With a majority, the others are the
 * ones to look at; without one, nobody can say who is right.
 */
export function disagreement(
  held: readonly HeldDigest[],
  shown: (digest: string) => string = shortened,
): string | null {
  const byDigest = new Map<string, string[]>();
  for (const { worker, digest } of held) {
    const workers = byDigest.get(digest) ?? [];
    workers.push(worker);
    byDigest.set(digest, workers);
  }
  if (byDigest.size <= 1) return null;
  const groups = [...byDigest].toSorted(([, a], [, b]) => b.length - a.length);
  const described = groups.map(([digest, workers]) => `${shown(digest)} at ${workers.join(', ')}`).join('; ');
  const [first, ...others] = groups.map(([, workers]) => workers);
  if (first!.length === others[0]!.length) return `${described}.`;
  const odd = others.flat();
  return `${described}. ${odd.join(', ')} ${odd.length === 1 ? 'differs' : 'differ'} from the majority.`;
}

/** On which all workers agree. */
export interface AgreedDigests {
  readonly weights: string;
  /** null where the workers do not speak of it. */
  readonly state: string | null;
  /** The name of the worker that sent a file of it; absent: nobody has, or it is not known. */
  readonly sender?: string;
}

/** What a worker says of its state. Parts that it does not speak of are null. */
export type HeldState = Pick<StateDigests, 'weights'> & {
  readonly [part in Exclude<keyof StateDigests, 'weights'>]: string | null;
};

const PARTS = {
  weights: 'weights',
  statistics: 'running statistics of batch norm, though the same weights',
  optimizer: 'states of the optimizer, though the same weights',
} as const satisfies Record<keyof StateDigests, string>;

const NAMES = ['weights', 'statistics', 'optimizer'] as const;

/** What is known of the state that all hold, with what another one says of its own; null: that is not the same. */
export function agreedWith(known: HeldState, said: HeldState): HeldState | null {
  const same = NAMES.every((part) => known[part] === null || said[part] === null || known[part] === said[part]);
  return same
    ? {
        weights: known.weights,
        statistics: known.statistics ?? said.statistics,
        optimizer: known.optimizer ?? said.optimizer,
      }
    : null;
}

/** Whether all hold the same state; if not, the first part that differs, by its name for people, and who holds what of it. */
export function stateDisagreement(
  held: ReadonlyMap<string, HeldState>,
): { readonly part: string; readonly why: string } | null {
  for (const part of NAMES) {
    const spoken = [...held].flatMap(([worker, { [part]: digest }]) => (digest === null ? [] : [{ worker, digest }]));
    const why = disagreement(spoken);
    if (why !== null) return { part: PARTS[part], why };
  }
  return null;
}
