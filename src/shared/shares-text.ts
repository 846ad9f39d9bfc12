import { plural } from './plural.ts';

export interface NamedShares {
  /** How many workers there are. */
  readonly workers: number;
  /** Of the first ones, or all. */
  readonly shares: readonly { readonly worker: string; readonly microbatches: number }[];
}

/** `a 3, b 1`: the microbatches of each worker, as far as they are named. */
export function sharesText({ shares, workers }: NamedShares): string {
  const named = shares.map(({ worker, microbatches }) => `${worker} ${microbatches}`);
  const others = workers - shares.length;
  return [...named, ...(others > 0 ? [`and ${plural(others, 'more worker')}`] : [])].join(', ');
}
