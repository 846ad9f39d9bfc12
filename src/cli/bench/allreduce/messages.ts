import type { AllReduceBenchOptions } from './options.ts';

/** What a rank is started with. */
export interface RankConfig
  extends Pick<AllReduceBenchOptions, 'topology' | 'wire' | 'bucketFloats' | 'runs' | 'warmup'> {
  readonly rank: number;
  readonly ranks: number;
  readonly floats: number;
  /** Address to listen on. */
  readonly host: string;
}

/** From the command to a rank: where everybody is. */
export interface ToRank {
  readonly type: 'peers';
  readonly urls: readonly string[];
  readonly hub: string | null;
}

/** From a rank: its address; how long each all-reduce took, in milliseconds, and how much of processors' time on average. */
export type FromRank =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'times'; readonly times: readonly number[]; readonly cpu: number };
