import type { Deadlines } from './deadlines.ts';

/** What is known about how fast the run goes. */
export interface Pace {
  /** What a step is known to take at most; null before the first. */
  readonly slowestStepMs: number | null;
  /** It is the first one of a worker, of which that is not known yet. */
  readonly untried: boolean;
  /** 0 while unknown. */
  readonly imagesPerSecond: number;
  /** Samples of the evaluation that is running, 0 if none is. */
  readonly evaluating: number;
}

/** How often the slowest step goes into what a run may stand still. */
const SLOWEST_STEPS = 10;
/** The same, where a worker's connection has broken: it is more likely than others to be what is waited for. */
const SLOWEST_STEPS_AWAY = 3;

/** Milliseconds that the running evaluation may take: five times what it would at the speed of training, which is the slower. */
function evaluationMs({ imagesPerSecond, evaluating }: Pace): number {
  return imagesPerSecond > 0 ? (5 * evaluating * 1000) / imagesPerSecond : 0;
}

/**
 * After how many milliseconds without any report a run counts as stalled. Follows the observed pace. `blameless`: it has stood still at
 * this step before, with nobody to blame, so that something else is slow, say a disk: that is given time.
 */
export function stallAfter(
  pace: Pace,
  deadlines: Pick<Deadlines, 'stall' | 'firstStep' | 'untried'>,
  blameless = false,
): number {
  const { slowestStepMs } = pace;
  if (slowestStepMs === null || blameless) return Math.max(deadlines.stall, deadlines.firstStep);
  return Math.max(leastOf(pace, deadlines, deadlines.stall), SLOWEST_STEPS * slowestStepMs) + evaluationMs(pace);
}

/** After how many milliseconds without any report the members are asked for a sign of life, and again after as many. */
export function suspectAfter(pace: Pace, deadlines: Pick<Deadlines, 'suspect' | 'stall'>): number {
  const { slowestStepMs } = pace;
  // A first step may take as long as it likes, but not the thread that gives the sign.
  if (slowestStepMs === null) return deadlines.stall;
  const least = Math.min(deadlines.suspect, deadlines.stall);
  return Math.max(least, SLOWEST_STEPS_AWAY * slowestStepMs) + evaluationMs(pace);
}

/** After how many milliseconds without any report a worker whose connection broke counts as what is waited for. */
export function missedAfter(pace: Pace, deadlines: Pick<Deadlines, 'missed' | 'firstStep' | 'untried'>): number {
  const { slowestStepMs } = pace;
  if (slowestStepMs === null) return deadlines.firstStep;
  return Math.max(leastOf(pace, deadlines, deadlines.missed), SLOWEST_STEPS_AWAY * slowestStepMs) + evaluationMs(pace);
}

/** The first step of a worker may be a slow one for all that is known of the others. */
function leastOf({ untried }: Pace, deadlines: Pick<Deadlines, 'untried'>, least: number): number {
  return untried ? Math.max(least, deadlines.untried) : least;
}

/** For how many milliseconds the word of others is waited for, once two workers differ. What they have committed the others are about to. */
export function verdictAfter({ slowestStepMs }: Pace, deadlines: Pick<Deadlines, 'verdict'>): number {
  return Math.max(deadlines.verdict, slowestStepMs ?? 0);
}

/**
 * How to stop on an interrupt: by finishing the running step where it is short enough to wait for, otherwise by
 * dropping it. What is committed is saved either way.
 */
export function howToStop(
  recentStepMs: number | null,
  deadlines: Pick<Deadlines, 'drain'>,
): { readonly by: 'drain' | 'halt'; readonly why: string } {
  if (recentStepMs !== null && recentStepMs <= deadlines.drain) {
    return { by: 'drain', why: 'the running step is finished first' };
  }
  return { by: 'halt', why: 'the running step would take too long and is dropped' };
}
