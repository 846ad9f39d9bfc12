import { EXIT, type ExitCode } from '../../shared/errors.ts';
import { plural } from '../../shared/plural.ts';

/** How a local worker's process ended. */
export interface Death {
  /** Null: by a signal, or it could not be started at all. */
  readonly exitCode: number | null;
  /** Committed steps of the run by then. */
  readonly step: number;
  /** How long it had taken part in training, in milliseconds; null: it had not come as far. */
  readonly trained: number | null;
}

export type Respawn =
  | { readonly again: true; readonly afterMs: number; readonly why: string }
  | { readonly again: false; readonly why: string };

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Whoever has trained for this long was well: what ends it then is something new. */
const WELL_MS = 60_000;
/** What kills a worker so often at one step will kill it there again. */
const SAME_STEP = 3;
/** So many that do not come as far as training will not either. */
const UNTRAINED = 5;
/** Ends of a worker that say what is wrong with all that is started like it. */
const WRONG: ReadonlyMap<number, string> = new Map([
  [EXIT.usage, 'its settings would be the same'],
  [EXIT.badData, 'its data would be the same'],
  [EXIT.noEngine, 'its engine would be missing again'],
  [EXIT.configuration, 'its settings would be the same'],
]);
/** Told to leave, or wrong in a way that another start does not mend. */
const FINAL: ReadonlyMap<number, string> = new Map([
  [EXIT.done, 'it was told to leave'],
  [EXIT.interrupted, 'it was asked to leave'],
  ...WRONG,
]);

/** What a run ends with that such a worker could not take part in; undefined: that it may be tried again. */
export function wrongFromTheStart(exitCode: number | null): ExitCode | undefined {
  return Object.values(EXIT).find((code) => code === exitCode && WRONG.has(code));
}

/** Whether, and when, a worker is started again. `deaths`: of all that had its place, the newest last. */
export function respawn(deaths: readonly Death[]): Respawn {
  const last = deaths.at(-1);
  if (last === undefined) return { again: true, afterMs: 0, why: 'it has not run yet' };
  const final = last.exitCode === null ? undefined : FINAL.get(last.exitCode);
  if (final !== undefined) return { again: false, why: final };
  const sameStep = trailing(deaths, (death) => death.trained !== null && death.step === last.step);
  if (sameStep >= SAME_STEP) {
    return { again: false, why: `it ended ${sameStep} times in a row after step ${last.step}` };
  }
  const untrained = trailing(deaths, (death) => death.trained === null);
  if (untrained >= UNTRAINED) {
    return { again: false, why: `it ended ${untrained} times in a row before it had computed anything` };
  }
  const unwell = trailing(deaths.slice(0, -1), ({ trained }) => (trained ?? 0) < WELL_MS);
  const attempt = (last.trained ?? 0) < WELL_MS ? unwell : 0;
  const afterMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  return { again: true, afterMs, why: `it is started again in ${plural(afterMs / 1000, 'second')}` };
}

/** How many of the newest ones in a row are so. */
function trailing(deaths: readonly Death[], isSo: (death: Death) => boolean): number {
  const place = deaths.findLastIndex((death) => !isSo(death));
  return deaths.length - 1 - place;
}
