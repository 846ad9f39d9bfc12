import type { Deadlines } from './deadlines.ts';

/** What is known about how fast the run goes. */
export interface Pace {
  /** The slowest step so far, null before the first. */
  readonly slowestStepMs: number | null;
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

/** After how many milliseconds without any report a run counts as stalled. Follows the observed pace. */
export function stallAfter(pace: Pace, deadlines: Pick<Deadlines, 'stall' | 'firstStep'>): number {
  const { slowestStepMs } = pace;
  if (slowestStepMs === null) return deadlines.firstStep;
  return Math.max(deadlines.stall, SLOWEST_STEPS * slowestStepMs) + evaluationMs(pace);
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
export function missedAfter(pace: Pace, deadlines: Pick<Deadlines, 'missed' | 'firstStep'>): number {
  const { slowestStepMs } = pace;
  if (slowestStepMs === null) return deadlines.firstStep;
  return Math.max(deadlines.missed, SLOWEST_STEPS_AWAY * slowestStepMs) + evaluationMs(pace);
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
