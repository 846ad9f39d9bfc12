import { plural } from '../../shared/plural.ts';

/** What a worker that stands still says that it holds. */
export interface Holding {
  readonly worker: string;
  /** Committed steps. */
  readonly step: number;
}

export interface Agreement {
  /** The newest step that anybody holds; null: nobody holds anything. */
  readonly target: number | null;
  /** Who holds it. */
  readonly holders: readonly string[];
  /** Who gets it from them. */
  readonly laggards: readonly string[];
  readonly why: string;
}

/**
 * Which state a run goes on from: the newest that was committed anywhere, as what one has committed had been contributed to by
 * all, and no step is computed twice then.
 */
export function agree(holdings: readonly Holding[], nameOf: (worker: string) => string = (id) => id): Agreement {
  if (holdings.length === 0) return { target: null, holders: [], laggards: [], why: 'nobody holds a state of the run' };
  const target = Math.max(...holdings.map(({ step }) => step));
  const holders = holdings.filter(({ step }) => step === target).map(({ worker }) => worker);
  const laggards = holdings.filter(({ step }) => step < target).map(({ worker }) => worker);
  const names = (ids: readonly string[]) => ids.map(nameOf).join(', ');
  const why =
    laggards.length === 0
      ? `all hold ${plural(target, 'step')}`
      : `${names(holders)} ${holders.length === 1 ? 'holds' : 'hold'} ${plural(target, 'step')}; ${names(laggards)} ` +
        `${laggards.length === 1 ? 'gets' : 'get'} them from there`;
  return { target, holders, laggards, why };
}
