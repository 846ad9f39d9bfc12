import { flush } from './ending.ts';
import { toCheckpoint } from './settle.ts';
import type { Turn } from './turn.ts';

/** Whether the run ends before its plan does: once the checkpoint of that step is here, whatever the workers have computed since. */
export function endIfEarly(turn: Turn): boolean {
  const { early, handedOver } = turn.facts;
  if (early === null || handedOver < early.step) return false;
  flush(turn, { status: 'done', early: early.reason });
  return true;
}

/**
 * Where the state with which the run ends was lost, and all have trained on: they begin at an older checkpoint, and come to the same.
 * Returns whether they do.
 */
export function backIfLost(turn: Turn): boolean {
  const { early } = turn.facts;
  if (early === null || (turn.model.generation?.firstStep ?? 0) <= early.step) return false;
  toCheckpoint(turn, `the state after step ${early.step}, with which the run ends, was lost`);
  return true;
}
