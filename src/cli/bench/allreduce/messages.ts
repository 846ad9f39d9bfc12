import type { AllReduceBenchOptions } from './options.ts';

/** What a rank is started with. */
export interface RankConfig extends Pick<AllReduceBenchOptions, 'topology' | 'wire' | 'runs' | 'warmup'> {
  readonly rank: number;
  readonly ranks: number;
  readonly floats: number;
  /** Address to listen on. */
  readonly host: string;
}

/** From the command to a rank: where everybody is, then `go` for each all-reduce. */
export type ToRank =
  | { readonly type: 'peers'; readonly urls: readonly string[]; readonly hub: string | null }
  | { readonly type: 'go' };

/** From a rank: its address, that it is connected, that it has a result, and how long each took, in milliseconds. */
export type FromRank =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'connected' }
  | { readonly type: 'reduced' }
  | { readonly type: 'times'; readonly times: readonly number[] };
