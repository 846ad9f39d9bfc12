import type { ExitCode } from '../../shared/errors.ts';
import type { LossCause } from '../progress/events.ts';

/** A worker that dies at the same step so often is to blame for it, and comes no more. */
const DEATHS_IN_A_ROW = 3;

/** What a worker died of. */
export interface Death {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly why: string;
  readonly cause: LossCause;
}

/** Where a worker of some name died last, and how often it did in a row. */
export interface Deaths extends Death {
  readonly step: number;
  readonly times: number;
  /** Those before the last one; null: there was none at this step. */
  readonly before: Deaths | null;
}

/** No more is known then than that nothing is heard of it: behind a bad network it looks like that to a worker that lives, too. */
const SILENCES: ReadonlySet<LossCause> = new Set(['connection', 'unresponsive', 'absent', 'replaced']);

/** Its process has ended, and how is known. */
export function explained(last: Deaths, why: string): Deaths {
  return SILENCES.has(last.cause) ? { ...last, why, cause: 'exited' } : last;
}

/** One more. `before`: what is known of this name. */
export function died(before: Deaths | undefined, step: number, death: Death): Deaths {
  const row = before?.step === step ? before : null;
  return { ...death, step, times: (row?.times ?? 0) + 1, before: row };
}

/** The process that was taken for dead is there again. `deaths`: what is left of those of its name. */
export function lives(last: Deaths): { readonly deaths: Deaths | null; readonly why: string } {
  const { cause, step, times, before } = last;
  if (SILENCES.has(cause)) return { deaths: before, why: `its process lives: that of step ${step} was no death` };
  return { deaths: last, why: `it lives, but what it was sent away for (${cause}) was its own: ${times} times` };
}

export function isBarred(deaths: Deaths | undefined): deaths is Deaths {
  return deaths !== undefined && deaths.times >= DEATHS_IN_A_ROW;
}
