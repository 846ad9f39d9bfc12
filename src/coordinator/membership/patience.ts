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

/**
 * After how many milliseconds without any report a run counts as stalled. Follows the observed pace: twenty times the
 * slowest step, and five times what an evaluation would take at the speed of training, which is the slower of the two.
 */
export function stallAfter(pace: Pace, deadlines: Pick<Deadlines, 'stall' | 'firstStep'>): number {
  const { slowestStepMs, imagesPerSecond, evaluating } = pace;
  if (slowestStepMs === null) return deadlines.firstStep;
  const evaluation = imagesPerSecond > 0 ? (5 * evaluating * 1000) / imagesPerSecond : 0;
  return Math.max(deadlines.stall, 20 * slowestStepMs) + evaluation;
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
