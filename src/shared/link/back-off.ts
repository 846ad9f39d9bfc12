/** How long to wait between attempts. Milliseconds. */
export interface BackOff {
  readonly first: number;
  readonly most: number;
}

/** Between attempts to reach a peer that may come back: it is often back in a moment, and never waited for long. */
export const REACH_AGAIN: BackOff = { first: 100, most: 2_000 };

/**
 * The pause before attempt `attempt` (from 0): it doubles up to `most`, and any part of it is taken, so that those who lost
 * the same peer do not come back all at once. `random`: from 0 up to 1.
 */
export function pauseBefore(attempt: number, { first, most }: BackOff, random: number): number {
  return Math.min(first * 2 ** attempt, most) * random;
}
