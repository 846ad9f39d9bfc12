import type { CoreUse } from './core-use.ts';

/** Whether workers keep to cores of their own, and how sure that is. */
export interface Claim {
  readonly bound: boolean;
  /** Looks, one after the other, that spoke against it. */
  readonly against: number;
  /** How many it takes before they keep to them again; more where others came back soon. */
  readonly patience: number;
  /** Looks since it last changed. */
  readonly since: number;
}

export interface Change {
  readonly claim: Claim;
  /** Goes into the log, as a sentence; null: nothing changes. */
  readonly why: string | null;
}

/** How often one looks. */
export const LOOK_EVERY_MS = 500;

const [LEAST_PATIENCE, MOST_PATIENCE] = [10, 120];
/** A burst of less is over before it would help to move, and a program that the system moves from core to core is on all of them by then. */
const LOOKS_UNTIL_FREE = 4;
/** Others that come back within so many looks are likely to do so again. */
const SOON = 120;
/** What others took, in cores' worth of time. */
export interface Taken {
  readonly all: number;
  /** From the worker from which they took most, beyond what they took from the one from which they took least. */
  readonly uneven: number;
}

/** In between, all stays as it is. */
const [MUCH, LITTLE] = [0.25, 0.1];

export const CLAIMED: Claim = { bound: true, against: 0, patience: LEAST_PATIENCE, since: SOON };

/**
 * A worker that keeps to a core which others use, too, has half of it, and all wait for that worker; one that may go elsewhere shares the
 * cores with everybody. Where others take as much from each worker, as a program does that moves from core to core, keeping to them costs
 * nothing, and moving about would. `taken`: null: nobody knows, and all stays as it is.
 */
export function decideClaim(claim: Claim, taken: Taken | null): Change {
  const since = claim.since + 1;
  if (taken === null) return { claim: { ...claim, since }, why: null };
  const speaksAgainst = claim.bound ? taken.uneven >= MUCH : taken.all <= LITTLE;
  const against = speaksAgainst ? claim.against + 1 : 0;
  if (against < (claim.bound ? LOOKS_UNTIL_FREE : claim.patience))
    return { claim: { ...claim, against, since }, why: null };
  if (!claim.bound) {
    return {
      claim: { ...claim, bound: true, against: 0, since: 0 },
      why: 'nobody else uses the cores any more: workers keep to cores of their own again',
    };
  }
  const patience = since <= SOON ? Math.min(2 * claim.patience, MOST_PATIENCE) : LEAST_PATIENCE;
  return {
    claim: { bound: false, against: 0, patience, since: 0 },
    why: `other programs take ${taken.all.toFixed(1)} of a core, from one worker more than from another: they keep to cores of their own no longer`,
  };
}

/**
 * What others took from workers between two moments; null: nobody knows. Whoever computes while no worker
 * wants to takes nothing, and workers' threads that wait for each other wait for nobody else.
 */
export function takenBetween(before: CoreUse | null, after: CoreUse | null): Taken | null {
  if (before === null || after === null) return null;
  const seconds = after.at - before.at;
  const waits: number[] = [];
  for (const [pid, waited] of after.waited) {
    const then = before.waited.get(pid);
    if (then === undefined) return null;
    waits.push(waited - then);
  }
  if (seconds <= 0 || waits.length === 0 || before.waited.size !== after.waited.size) return null;
  const foreign = after.busy - before.busy - (after.own - before.own);
  const stolen = after.stolen.map((time, index) => time - (before.stolen[index] ?? time));
  const others = Math.max(foreign, 0);
  const spread = (times: readonly number[]): number => Math.max(...times) - Math.min(...times);
  return {
    all: (Math.min(others, Math.max(...waits, 0)) + Math.max(...stolen, 0)) / seconds,
    uneven: (Math.min(others, spread(waits)) + spread(stolen)) / seconds,
  };
}
