import type { Waiting } from './verdicts.ts';
import * as verdicts from './verdicts.ts';

/** A run is given up where it stands still at the same step so often without anybody to blame. */
export const STALLS_IN_A_ROW = 3;

interface Suspect extends Waiting {
  readonly id: string;
}

export interface Stall {
  readonly step: number;
  readonly ms: number;
  /** Did not answer `halt`. */
  readonly silent: readonly Suspect[];
  /** Answered, with an engine that was not through with its part. */
  readonly busy: readonly Suspect[];
  /** How many answered with an engine that was. */
  readonly idle: number;
  /** Names of those that have not committed the step. */
  readonly behind: readonly string[];
  /** How often nobody was to blame at this step before. */
  readonly times: number;
}

export type Eviction =
  | { readonly evict: readonly Suspect[]; readonly why: string }
  /** Nobody is to blame: the same go on together. */
  | { readonly evict: null; readonly giveUp: boolean; readonly why: string };

/** Who has to go after a stall: whoever does not answer; where all do, whoever's engine hangs while others have done their part. */
export function evict({ step, ms, silent, busy, idle, behind, times }: Stall): Eviction {
  const why = verdicts.stalled(step, { silent, busy, behind }, ms);
  if (silent.length > 0) return { evict: silent, why };
  if (busy.length > 0 && idle > 0) return { evict: busy, why };
  return { evict: null, giveUp: times + 1 >= STALLS_IN_A_ROW, why };
}
