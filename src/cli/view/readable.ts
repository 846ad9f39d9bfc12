import type { ViewSource } from '../../coordinator/view/compose.ts';
import { knownError } from '../../shared/known-error.ts';
import type { RunCache } from './run-cache.ts';

export interface Readable {
  readonly dirs: readonly string[];
  /** The run of each. */
  readonly runs: readonly ViewSource[];
  /** Why the others cannot be shown: a sentence for each. */
  readonly unreadable: readonly string[];
}

/**
 * The runs of several that can be read: one damaged folder must not hide the others.
 *
 * @throws GradsocketError where there is none
 */
export async function readable(dirs: readonly string[], cache: Pick<RunCache, 'get'>): Promise<Readable> {
  const outcomes = await Promise.allSettled(dirs.map((dir) => cache.get(dir)));
  const reasons = outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [];
    const known = knownError(outcome.reason);
    // A mistake of ours must not look like one of the folder.
    if (known === null) throw outcome.reason;
    return [known];
  });
  const [first] = reasons;
  if (reasons.length === dirs.length && first !== undefined) throw first;
  return {
    runs: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    dirs: dirs.filter((_, index) => outcomes[index]!.status === 'fulfilled'),
    unreadable: reasons.map(({ message }) => message),
  };
}
